"""GET /v1/dead-letters."""

from starlette.requests import Request
from starlette.responses import Response

from shared.api.headers import tenant_of
from shared.api.job_view import view
from shared.api.pages import page_size, page_token, token_of
from shared.api.responses import base_url, json
from shared.api.views import JobPage
from shared.config import Settings
from shared.use_cases.read import Read


class DeadLetters:
    """Jobs that gave up."""

    def __init__(self, read: Read, settings: Settings) -> None:
        self._read = read
        self._settings = settings

    async def get(self, request: Request) -> Response:
        """GET /v1/dead-letters: a page of jobs that gave up, the newest first."""
        tenant = tenant_of(request)
        page, end = await self._read.dead_letters(tenant, page_size(request), page_token(request))
        base = base_url(request, self._settings)
        shown = JobPage(jobs=tuple(view(job, base) for job in page), next_page_token=token_of(request, end))
        return json(shown, 200, {"Cache-Control": "no-cache"})
