"""GET /v1/jobs/{id}/events: a job as it is, then each change of it, as server-sent events.

Source of the format: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import ExitStack, aclosing

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from shared.api.auth import Gate
from shared.api.headers import tenant_of
from shared.api.job_view import view
from shared.api.operations import Operation
from shared.api.responses import base_url
from shared.config import Settings
from shared.domain.errors import Rejected
from shared.domain.job import Job
from shared.use_cases.read import Read
from shared.use_cases.wait import Wait

MEDIA_TYPE = "text/event-stream"
HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}  # no proxy is to keep it, or to keep it back
RETRY = b"retry: 1000\n"  # milliseconds after which a client that was cut off comes back; a part of the first event
# A comment, which says nothing but that the connection lives. An empty line after it would end an event: some clients
# then tell of one without data.
BEAT = b":\n"


class EventCalls:
    """GET of events."""

    def __init__(self, read: Read, wait: Wait, gate: Gate, settings: Settings) -> None:
        self._read = read
        self._wait = wait
        self._gate = gate
        self._settings = settings

    async def get(self, request: Request) -> Response:
        """GET /v1/jobs/{id}/events; 204 where nothing is left to tell: a browser then comes back no more."""
        seen = last_seen(request)
        job = await self._read.job(tenant_of(request), request.path_params["job_id"])
        if job.is_over and job.status_sequence == seen:
            return Response(status_code=204, headers=HEADERS)
        if request.method == "HEAD":
            return Response(headers=HEADERS, media_type=MEDIA_TYPE)
        place = ExitStack()
        place.enter_context(self._wait.place())
        return EventStream(self._events(request, job, seen), place, self._settings.stream_seconds)

    async def _events(self, request: Request, job: Job, seen: int | None) -> AsyncGenerator[bytes]:
        base = base_url(request, self._settings)
        yield BEAT + RETRY
        async with aclosing(self._wait.follow(job, seen)) as changes:
            async for change in changes:
                if await is_shut_out(self._gate, request):
                    return
                yield _event(change, base) if change else BEAT


async def is_shut_out(gate: Gate, request: Request) -> bool:
    """Whether the key was revoked meanwhile, or has expired: a stream may last for long."""
    operation: Operation = request.scope["operation"]
    refusal = await gate.refused(request, operation) if operation.scope else None
    return refusal is not None and refusal.status_code in {401, 403}


class EventStream(StreamingResponse):
    """An answer that lasts; its place is given back when it ends, however it ends.

    A gateway that keeps an answer until it is whole would keep a stream for ever: with `seconds` it ends after so long,
    and its client, who comes back with the id of the last event, misses nothing.
    """

    def __init__(self, events: AsyncGenerator[bytes], place: ExitStack, seconds: int | None = None) -> None:
        super().__init__(events if seconds is None else _for(events, seconds), headers=HEADERS, media_type=MEDIA_TYPE)
        self._events = events
        self._place = place

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, until its end or until the client leaves."""
        with self._place:
            async with aclosing(self._events):
                await super().__call__(scope, receive, send)


async def _for(events: AsyncGenerator[bytes], seconds: int) -> AsyncGenerator[bytes]:
    """The events of so many seconds."""
    end = asyncio.get_running_loop().time() + seconds
    while True:
        try:
            async with asyncio.timeout_at(end):
                event = await anext(events)
        except (StopAsyncIteration, TimeoutError):
            return
        yield event


def _event(job: Job, base: str) -> bytes:
    """The job's version is the event's id: a client that comes back names the last that it has."""
    data = msgspec.json.encode(view(job, base))  # on one line
    return b"id: %d\nevent: job\ndata: %b\n\n" % (job.status_sequence, data)


def last_seen(request: Request) -> int | None:
    """The version that the client has, as it says by Last-Event-ID.

    Raises:
        Rejected: 400, it is none.
    """
    text = request.headers.get("last-event-id")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 9):  # noqa: PLR2004 - more than any job changes
        raise Rejected(400, "invalid_header", f"Last-Event-ID must be the id of an event of this job, not {text!r}.")
    return int(text)
