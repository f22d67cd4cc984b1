"""What goes wrong on the way to Gemini, as ours: Google's answers by their status, and what came instead of one."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import httpx
from google.auth import exceptions as auth
from google.genai.errors import APIError

from shared.domain.errors import Billed, FailureType, ProviderError
from shared.providers import retry_after
from shared.providers.json_api import KINDS as COMMON

SHOWN = 500  # characters of what Google says
BAD_KEY = "API_KEY_INVALID"  # the Developer API calls a wrong key a bad request

# By status; any other from 500 on is TEMPORARY, below PERMANENT.
STATUSES: Mapping[int, tuple[FailureType, str]] = {
    **COMMON,
    409: ("TEMPORARY", "model_unavailable"),  # ABORTED
    499: ("TEMPORARY", "model_unavailable"),  # CANCELLED
    504: ("TEMPORARY", "model_timeout"),
}
# The model may have worked before these, and before any from 500 on but an overload: nobody knows whether they are
# billed. All other errors come before it does.
GIVEN_UP = frozenset({408, 499})
OVERLOADED = 503
# Where there is no answer; the first match counts. Whether the model worked is known only where nobody was reached.
FAILURES: tuple[tuple[type[Exception], FailureType, str, Billed], ...] = (
    (httpx.ConnectError, "TEMPORARY", "model_unavailable", "no"),
    (httpx.ConnectTimeout, "TEMPORARY", "model_unavailable", "no"),
    (httpx.PoolTimeout, "TEMPORARY", "model_unavailable", "no"),
    (httpx.TimeoutException, "TEMPORARY", "model_timeout", "unknown"),
    (httpx.HTTPError, "TEMPORARY", "model_unavailable", "unknown"),
    (TimeoutError, "TEMPORARY", "model_timeout", "unknown"),
    (UnicodeDecodeError, "TEMPORARY", "malformed_answer", "unknown"),
    (auth.TransportError, "TEMPORARY", "model_unavailable", "no"),
    (auth.GoogleAuthError, "AUTH_ERROR", "model_no_credentials", "no"),
)
VENDOR_ERRORS = (APIError, *(failure[0] for failure in FAILURES))


def ours(exc: Exception, now: datetime) -> ProviderError:
    """One of VENDOR_ERRORS, as ours."""
    if isinstance(exc, APIError):
        return _answered(exc, now)
    if isinstance(exc, auth.GoogleAuthError) and exc.retryable:
        return ProviderError("TEMPORARY", "model_unavailable", f"Gemini: {exc!r}"[:SHOWN])
    for theirs, kind, code, billed in FAILURES:
        if isinstance(exc, theirs):
            return ProviderError(kind, code, f"Gemini: {exc!r}"[:SHOWN], billed=billed)
    raise exc


def _answered(exc: APIError, now: datetime) -> ProviderError:
    details = list(_details(exc.details))
    other: tuple[FailureType, str] = ("PERMANENT", "model_refused_request")
    if httpx.codes.is_server_error(exc.code):
        other = ("TEMPORARY", "model_unavailable")
    kind, code = STATUSES.get(exc.code, other)
    if any(detail.get("reason") == BAD_KEY for detail in details):
        kind, code = COMMON[401]
    header = retry_after.seconds(exc.response.headers.get("retry-after"), now)
    asked = [wait for wait in (header, *map(_delay, details)) if wait]
    broken = httpx.codes.is_server_error(exc.code) and exc.code != OVERLOADED
    billed: Billed = "unknown" if broken or exc.code in GIVEN_UP else "no"
    text = f"Gemini answered {exc.code} {exc.status or ''}: {str(exc.message or '')[:SHOWN]}"
    return ProviderError(kind, code, text, billed=billed, retry_after=max(asked, default=None))


def _details(answer: Any) -> Iterator[dict[str, Any]]:
    """`error.details[]`, where the answer has them."""
    error = answer.get("error") if isinstance(answer, dict) else None
    found = error.get("details") if isinstance(error, dict) else None
    yield from (detail for detail in found or () if isinstance(detail, dict))


def _delay(detail: dict[str, Any]) -> float | None:
    """`retryDelay` of a google.rpc.RetryInfo, in seconds: such as `34.5s`."""
    found = re.fullmatch(r"(\d{1,9}(\.\d+)?)s", str(detail.get("retryDelay", "")))
    return min(float(found[1]), retry_after.LONGEST_ASKED) if found else None
