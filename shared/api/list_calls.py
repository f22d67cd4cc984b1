"""GET /v1/jobs: parse, list, render."""

from typing import get_args

from starlette.requests import Request
from starlette.responses import Response

from shared.api.headers import tenant_of
from shared.api.job_view import view
from shared.api.moments import moment_of
from shared.api.pages import NOT_FILTERS, page_size, page_token, token_of
from shared.api.responses import base_url, json
from shared.api.views import JobPage
from shared.config import Settings
from shared.domain.errors import Rejected
from shared.domain.job import Status
from shared.domain.listing import FILTERS, Listing
from shared.domain.request import JobType
from shared.use_cases.list_jobs import ListJobs

VALUES = {"status": get_args(Status), "job_type": get_args(JobType)}
MAX_VALUE = 500  # characters


class ListCalls:
    """GET of many jobs."""

    def __init__(self, list_jobs: ListJobs, settings: Settings) -> None:
        self._list = list_jobs
        self._settings = settings

    async def get(self, request: Request) -> Response:
        """GET /v1/jobs?status&job_type&project_id&…: a page of jobs, the newest first."""
        tenant = tenant_of(request)
        page, end = await self._list(tenant, _listing(request), page_size(request), page_token(request))
        base = base_url(request, self._settings)
        shown = JobPage(jobs=tuple(view(job, base) for job in page), next_page_token=token_of(request, end))
        return json(shown, 200, {"Cache-Control": "no-cache"})


def _listing(request: Request) -> Listing:
    where: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name in NOT_FILTERS or name == "created_after":
            continue
        if name not in FILTERS:
            known = ", ".join([*FILTERS, "created_after", *sorted(NOT_FILTERS)])
            raise Rejected(400, "unknown_filter", f"There is no filter {name!r}; there are {known}.")
        if name in where:
            raise Rejected(400, "invalid_filter", f"{name} may be given once.")
        where[name] = _value(name, value)
    return Listing(where=where, created_after=moment_of(request, "created_after", "invalid_filter"))


def _value(name: str, value: str) -> str:
    known = VALUES.get(name)
    if known and value not in known:
        raise Rejected(400, "invalid_filter", f"{name} must be one of {', '.join(known)}, not {value!r}.")
    if not 0 < len(value) <= MAX_VALUE:
        raise Rejected(400, "invalid_filter", f"{name} must have 1 to {MAX_VALUE} characters.")
    if name == "label" and "=" not in value:
        raise Rejected(400, "invalid_filter", f"label must be name=value, not {value!r}.")
    return value
