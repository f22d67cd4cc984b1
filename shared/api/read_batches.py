"""GET of batches: read, render."""

from starlette.requests import Request
from starlette.responses import Response

from shared.api.batch_view import BatchPage, batch_view, summary
from shared.api.headers import tenant_of
from shared.api.pages import NOT_FILTERS, page_size, page_token, token_of
from shared.api.responses import base_url, json
from shared.config import Settings
from shared.domain.errors import Rejected
from shared.use_cases.read_batch import ReadBatch


class ReadBatches:
    """GET of batches."""

    def __init__(self, read: ReadBatch, settings: Settings) -> None:
        self._read = read
        self._settings = settings

    async def list(self, request: Request) -> Response:
        """GET /v1/batches: a page, the newest first."""
        if unknown := sorted(request.query_params.keys() - NOT_FILTERS):
            known = ", ".join(sorted(NOT_FILTERS))
            raise Rejected(400, "unknown_filter", f"There is no filter {unknown[0]!r}; there are {known}.")
        page, end = await self._read.page(tenant_of(request), page_size(request), page_token(request))
        base = base_url(request, self._settings)
        shown = BatchPage(batches=tuple(summary(line, base) for line in page), next_page_token=token_of(request, end))
        return json(shown, 200, {"Cache-Control": "no-cache"})

    async def get(self, request: Request) -> Response:
        """GET /v1/batches/{id}."""
        state = await self._read(tenant_of(request), request.path_params["batch_id"])
        return json(batch_view(state, base_url(request, self._settings)), 200, {"Cache-Control": "no-cache"})
