"""Asking until there is an answer: what is tried again, when, and until when.

    attempt ──> answer ─────────────────────────────> done, or an error that says so
       ^          │ 429, 5xx, or nothing came
       └─ sleep ──┘ back-off with jitter, or Retry-After if that is longer; never past the call's deadline

Every write has an idempotency key, made once for all of its attempts: one whose answer was lost is answered again.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

from .effects import Answer, Request, Send, Sleep, Steps
from .errors import ApiError, Misused, Timeout, Unreachable, refusal

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})  # a repeat is safe, and may be answered otherwise
FIRST_DELAY, MAX_DELAY = 0.25, 8.0  # seconds between attempts; it doubles


@dataclass(frozen=True, kw_only=True)
class Session:
    """What is the same for every call of a client."""

    url: str
    api_key: str | None
    timeout: float  # seconds for a call with all of its attempts, where the call does not say
    retries: int  # attempts after the first
    agent: str
    now: Callable[[], float]  # seconds of a clock that only goes forward


@dataclass(frozen=True, kw_only=True)
class Call:
    """What is asked of the API."""

    method: str
    path: str
    content: bytes | None = None
    headers: Mapping[str, str] | None = None
    params: Mapping[str, Any] | None = None
    idempotency_key: str | None = None
    timeout: float | None = None
    anonymous: bool = False  # without the key to the deployment
    waits: float = 0.0  # seconds for which the server was asked to wait

    def with_headers(self, headers: Mapping[str, str | None]) -> "Call":
        """With these as well; those that are None are left out."""
        return replace(self, headers={**(self.headers or {}), **{k: v for k, v in headers.items() if v is not None}})


def answered(session: Session, call: Call) -> Steps[Answer]:
    """The answer, which is a success.

    Raises:
        ApiError: a refusal, after every retry that may help.
        Unreachable, Timeout: no answer.
    """
    answer, attempts = yield from exchanged(session, call)
    if answer.is_success:
        return answer
    raise refused(call, answer, attempts)


def exchanged(session: Session, call: Call) -> Steps[tuple[Answer, int]]:
    """The last answer, whatever it is, and how many attempts it took.

    Raises:
        Unreachable, Timeout: there is none.
    """
    timeout = session.timeout if call.timeout is None else call.timeout
    until = session.now() + timeout
    request = request_of(session, call, until)
    for attempt in range(1, session.retries + 2):
        last = attempt > session.retries
        try:
            answer: Answer = yield Send(request)
        except Unreachable:
            delay = back_off(attempt)
            if last or session.now() + delay >= until:
                raise
        except Timeout as exc:
            delay = back_off(attempt)
            if session.now() + delay >= until:
                text = f"{call.method} {call.path} was not answered within {timeout:g} s"
                raise Timeout(text, "Ask again, with a longer timeout; the same idempotency key is safe.") from exc
            if last:
                raise
        else:
            delay = max(back_off(attempt), retry_after(answer) or 0)
            if answer.status not in AGAIN or last or session.now() + delay >= until:
                return answer, attempt
        yield Sleep(delay)
    raise AssertionError("the last attempt ends it")  # pragma: no cover


def request_of(session: Session, call: Call, until: float) -> Request:
    """The request that the call is; all of its attempts are the same one.

    Raises:
        Misused: it cannot be sent.
    """
    if not call.path.startswith("/") or call.path.startswith("//"):  # else the key would go to whoever is named
        raise Misused(f"{call.path!r} is no path of the API", "Give one such as /v1/jobs.")
    headers = {"User-Agent": session.agent, "Accept": "application/json", **(call.headers or {})}
    if session.api_key and not call.anonymous:
        headers["Authorization"] = f"Bearer {session.api_key}"
    if call.method in WRITES:
        headers["Idempotency-Key"] = token_hex(16) if call.idempotency_key is None else call.idempotency_key
    for name, value in headers.items():
        if not (value.isascii() and value.isprintable()):
            raise Misused(f"the header {name} cannot be {value[:80]!r}", "Give visible ASCII characters.")
    return Request(
        method=call.method,
        url=session.url + call.path + query(call.params or {}),
        headers=headers,
        content=call.content,
        silence=Request.silence + call.waits,
        until=until,
    )


def query(params: Mapping[str, Any]) -> str:
    """`?…`; what is None is left out."""
    from urllib.parse import urlencode

    given = {name: _written(value) for name, value in params.items() if value is not None}
    return f"?{urlencode(given)}" if given else ""


def refused(call: Call, answer: Answer, attempts: int) -> ApiError:
    """The error that the answer is."""
    error = refusal(call.method, urlsplit(call.path).path, answer.status, answer.problem() or {})
    error.retry_after = retry_after(answer)
    error.attempts = attempts
    return error


def back_off(attempt: int) -> float:
    """Seconds after the attempt of that number, the first being 1: between half and all of what is doubled each time.

    Without chance in it, all clients that were cut off together would come back together.
    """
    most = min(MAX_DELAY, FIRST_DELAY * 2.0 ** (attempt - 1))
    return most * random.uniform(0.5, 1)  # noqa: S311 - no secret


def retry_after(answer: Answer) -> float | None:
    """Seconds that the answer asks to wait (RFC 9110, 10.2.3); None where it does not, or nobody can say."""
    text = answer.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    if not text:
        return None
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (moment.astimezone(UTC) - datetime.now(UTC)).total_seconds())


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, datetime) else str(value)
