"""POST /v1/uploads."""

from starlette.requests import Request
from starlette.responses import Response

from shared.api.bodies import decoded
from shared.api.headers import caller_of
from shared.api.keyed import key_headers
from shared.api.responses import json
from shared.domain.uploads import KEY_KEPT, VALID, UploadRequest
from shared.use_cases.start_upload import StartUpload


class Uploads:
    """Addresses to send pictures to."""

    def __init__(self, start: StartUpload) -> None:
        self._start = start

    async def post(self, request: Request) -> Response:
        """POST /v1/uploads: 201, where the file is to go and with which headers; not to be kept by any cache."""
        caller = caller_of(request)
        upload, replayed = await self._start(await decoded(request, UploadRequest), caller)
        until = upload.expires_at - VALID + KEY_KEPT
        told = key_headers(caller.idempotency_key, until, replayed=replayed)
        return json(upload, 201, {"Cache-Control": "no-store", **told})
