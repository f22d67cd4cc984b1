"""Callbacks of providers. No key of ours comes with them: the token in the address is what opens it."""

from starlette.requests import Request
from starlette.responses import Response

from shared.api.headers import read
from shared.config import Settings
from shared.use_cases.call_back import CallBack, secret_of


class Callbacks:
    """POST of a provider's "done"."""

    def __init__(self, call_back: CallBack, settings: Settings) -> None:
        self._call_back = call_back
        self._settings = settings

    async def post(self, request: Request) -> Response:
        """POST /v1/callbacks/{provider}/{job_id}/{token}: 200, whatever there was to do; 404 forged or unknown.

        The body, of whatever type, is read to its end and forgotten: what it says is asked of the provider.
        """
        await read(request)
        named = request.path_params
        await self._call_back(secret_of(self._settings), named["provider"], named["job_id"], named["token"])
        return Response(status_code=200)
