"""GET of batches: read, render."""

from starlette.requests import Request
from starlette.responses import Response

from shared.api.batch_view import batch_view
from shared.api.headers import tenant_of
from shared.api.responses import base_url, json
from shared.config import Settings
from shared.use_cases.read_batch import ReadBatch


class ReadBatches:
    """GET of batches."""

    def __init__(self, read: ReadBatch, settings: Settings) -> None:
        self._read = read
        self._settings = settings

    async def get(self, request: Request) -> Response:
        """GET /v1/batches/{id}."""
        state = await self._read(tenant_of(request), request.path_params["batch_id"])
        return json(batch_view(state, base_url(request, self._settings)), 200, {"Cache-Control": "no-cache"})
