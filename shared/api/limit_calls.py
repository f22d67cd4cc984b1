"""GET /v1/limits: parse, read, render."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from shared.api.conditional import NO_CACHE
from shared.api.headers import tenant_of
from shared.api.list_calls import MAX_VALUE
from shared.api.responses import json
from shared.domain.errors import Rejected
from shared.domain.exceeded import Left
from shared.use_cases.read_limits import ReadLimits

FILTERS = ("project_id", "user_id")


class LimitList(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of each limit; none, where nothing is limited."""

    limits: tuple[Left, ...]


class LimitCalls:
    """GET of limits."""

    def __init__(self, read: ReadLimits) -> None:
        self._read = read

    async def get(self, request: Request) -> Response:
        """GET /v1/limits?project_id&user_id: those of the tenant and, where they are named, of a project and a user."""
        for name, value in request.query_params.items():
            if name not in FILTERS:
                raise Rejected(400, "unknown_filter", f"There is no filter {name!r}; there are {', '.join(FILTERS)}.")
            if not 0 < len(value) <= MAX_VALUE:
                raise Rejected(400, "invalid_filter", f"{name} must have 1 to {MAX_VALUE} characters.")
        project, user = (request.query_params.get(name) for name in FILTERS)
        return json(LimitList(limits=await self._read(tenant_of(request), project, user)), 200, NO_CACHE)
