"""Following events, over cuts: each connection names the last event that came, and the deployment goes on after it."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from .attempts import AGAIN, Call, Session, back_off, refused, request_of, retry_after
from .effects import Answer, Effect, Give, Items, Open, Read, Request, Sleep, Steps
from .errors import Timeout, Unreachable
from .reading import job_of
from .records import Job
from .sse import Event, EventParser
from .waiting import path_of

T = TypeVar("T")
SILENCE = 45.0  # seconds; the deployment says something every 15
FOREVER = float("inf")


def followed(
    session: Session,
    call: Call,
    last_event_id: str,
    read: Callable[[Event], T | None],
    is_last: Callable[[T], bool],
) -> Items[T]:
    """What `read` makes of the events, without None, until `is_last`, or nothing is left to tell.

    Raises:
        ApiError: the deployment refuses.
        Unreachable: it cannot be reached, several times in a row.
        Timeout: the call's time is over.
    """
    timeout = FOREVER if call.timeout is None else call.timeout
    until = session.now() + timeout
    state = _State(EventParser(last_event_id), until)
    while True:
        try:
            if (yield from _connection(session, call, state, read, is_last)):
                return
        except (Unreachable, Timeout):
            if state.failures >= session.retries and session.now() < until:
                raise
        state.failures += 1
        delay = max(state.asks_for, state.parser.retry or 0, back_off(state.failures))
        if session.now() + delay >= until:
            text = f"{call.path} has not ended after {timeout:g} s"
            raise Timeout(text, "It goes on: follow it again, or with a longer timeout.")
        yield Sleep(delay)


@dataclass
class _State:
    """How far the following has come."""

    parser: EventParser
    until: float
    failures: int = 0  # connections in a row that brought nothing
    asks_for: float = 0.0  # seconds that the deployment wants to be left alone


def _connection(
    session: Session,
    call: Call,
    state: _State,
    read: Callable[[Event], T | None],
    is_last: Callable[[T], bool],
) -> Generator[Effect | Give[T], Any, bool]:
    """What one connection brings; whether that was the end of it all."""
    state.asks_for = 0.0
    answer: Answer = yield Open(_request(session, call, state.until, state.parser.last_id))
    if answer.status == 204:  # noqa: PLR2004 - No Content: a client is to come back no more
        return True
    if not answer.is_success:
        answer = yield from _whole(answer)
        state.asks_for = retry_after(answer) or 0.0
        if answer.status in AGAIN and state.failures < session.retries:
            return False
        raise refused(call, answer, state.failures + 1)
    state.parser = EventParser(state.parser.last_id, state.parser.retry)
    while (content := (yield Read())) is not None:
        state.failures = 0
        for event in state.parser.feed(content):
            found = read(event)
            if found is not None:
                yield Give(found)
                if is_last(found):
                    return True
    return False


def job_followed(session: Session, job: Job | str, timeout: float | None, last_event_id: str) -> Items[Job]:
    """The job as it is, then each change of it, once and in order, until its end."""
    seen = int(last_event_id) if last_event_id.isascii() and last_event_id.isdigit() else -1

    def read(event: Event) -> Job | None:
        nonlocal seen
        if event.name != "job":
            return None
        found = job_of(event.json())
        if found.status_sequence <= seen:  # a connection that came back may be told again
            return None
        seen = found.status_sequence
        return found

    call = Call(method="GET", path=path_of("jobs", job, "events"), timeout=timeout)
    return followed(session, call, last_event_id, read, lambda found: found.ended)


def _request(session: Session, call: Call, until: float, last_id: str) -> Request:
    known = {"Last-Event-ID": last_id} if last_id else {}
    headers = {**(call.headers or {}), "Accept": "text/event-stream", **known}
    return replace(request_of(session, replace(call, headers=headers), until), silence=SILENCE)


def _whole(answer: Answer) -> Steps[Answer]:
    parts = []
    while (content := (yield Read())) is not None:
        parts.append(content)
    return replace(answer, content=b"".join(parts))
