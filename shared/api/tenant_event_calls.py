"""GET /v1/events: all jobs of whoever asks, change by change, as server-sent events."""

from collections.abc import AsyncGenerator
from contextlib import ExitStack, aclosing
from datetime import UTC, datetime, timedelta

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from shared.api.auth import Gate
from shared.api.event_calls import BEAT, HEADERS, MEDIA_TYPE, RETRY, EventStream, is_shut_out
from shared.api.headers import tenant_of
from shared.api.job_view import view
from shared.api.list_calls import MAX_VALUE
from shared.api.moments import moment_of
from shared.api.responses import base_url
from shared.config import Settings
from shared.domain.errors import Rejected
from shared.use_cases.follow_jobs import FollowJobs, Told

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
MAX_DIGITS = 17  # of an event's id: microseconds since then, until the year 5138
FILTERS = {"project_id", "since", "last_event_id"}


class TenantEventCalls:
    """GET of the events of a tenant."""

    def __init__(self, follow: FollowJobs, gate: Gate, settings: Settings) -> None:
        self._follow = follow
        self._gate = gate
        self._settings = settings

    async def get(self, request: Request) -> Response:
        """GET /v1/events?project_id&since."""
        project, since = _project(request), _since(request)
        if request.method == "HEAD":
            return Response(headers=HEADERS, media_type=MEDIA_TYPE)
        place = ExitStack()
        place.enter_context(self._follow.place())
        return EventStream(self._events(request, project, since), place, self._settings.stream_seconds)

    async def _events(self, request: Request, project: str | None, since: datetime | None) -> AsyncGenerator[bytes]:
        base = base_url(request, self._settings)
        yield BEAT + RETRY
        async with aclosing(self._follow(tenant_of(request), since)) as stream:
            async for some in stream:
                if await is_shut_out(self._gate, request):
                    return
                if some is None:
                    yield BEAT
                for told in some or ():
                    if event := _event(told, base, project):
                        yield event


def _event(told: Told, base: str, project: str | None) -> bytes | None:
    """None of a job that is of another project; a deleted one of which no project is known is told of to all."""
    name, data, job = "open", b"{}", told.change.job if told.change else None
    if job and project is not None and job.project_id != project:
        return None
    if job and not job.deleted_at:
        name, data = "job", msgspec.json.encode(view(job, base))  # on one line
    elif told.change:
        name, data = "deleted", msgspec.json.encode({"id": told.change.job_id})
    return b"id: %d\nevent: %b\ndata: %b\n\n" % ((told.at - EPOCH) // MICROSECOND, name.encode(), data)


def _project(request: Request) -> str | None:
    if unknown := sorted(request.query_params.keys() - FILTERS):
        known = ", ".join(sorted(FILTERS))
        raise Rejected(400, "unknown_filter", f"There is no filter {unknown[0]!r}; there are {known}.")
    project = request.query_params.get("project_id")
    if project is not None and not 0 < len(project) <= MAX_VALUE:
        raise Rejected(400, "invalid_filter", f"project_id must have 1 to {MAX_VALUE} characters.")
    return project


def _since(request: Request) -> datetime | None:
    """From when to tell: where the client left off, or what it asks for; None: from now on.

    Raises:
        Rejected: 400, it is no time, or no event of this stream has that id.
    """
    last = request.headers.get("last-event-id") or request.query_params.get("last_event_id")
    if not last:
        return moment_of(request, "since", "invalid_filter")
    if not (last.isascii() and last.isdigit() and len(last) <= MAX_DIGITS):
        raise Rejected(400, "invalid_header", f"Last-Event-ID must be the id of an event of this stream, not {last!r}.")
    return EPOCH + int(last) * MICROSECOND
