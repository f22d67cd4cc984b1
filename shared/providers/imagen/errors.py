"""Vertex AI's errors → ours, in one table."""

from typing import Any

from google.api_core import exceptions as google
from google.auth import exceptions as auth

from shared.domain.errors import Billed, FailureType, ProviderError
from shared.providers.imagen.safety import is_refusal, safety_of

# What a refusal means; the first match counts. A call that was answered with an error is not billed.
KINDS: tuple[tuple[type[Exception], FailureType, str], ...] = (
    (google.TooManyRequests, "RATE_LIMIT", "model_rate_limit"),
    (google.Unauthorized, "AUTH_ERROR", "model_unauthorized"),
    (google.Forbidden, "AUTH_ERROR", "model_forbidden"),
    (auth.TransportError, "TEMPORARY", "model_unavailable"),  # nobody answered who gives out tokens
    (auth.GoogleAuthError, "AUTH_ERROR", "model_no_credentials"),
    (google.NotFound, "PERMANENT", "model_not_found"),
    (google.BadRequest, "PERMANENT", "model_refused_request"),
    (google.Aborted, "TEMPORARY", "model_unavailable"),
    (google.Cancelled, "TEMPORARY", "model_unavailable"),
    (google.ClientError, "PERMANENT", "model_refused_request"),
    (google.MethodNotImplemented, "PERMANENT", "model_refused_request"),
    (google.ServiceUnavailable, "TEMPORARY", "model_unavailable"),
    (google.DeadlineExceeded, "TEMPORARY", "model_timeout"),
    (google.ServerError, "TEMPORARY", "model_unavailable"),
    (google.RetryError, "TEMPORARY", "model_unavailable"),
)
VENDOR_ERRORS = tuple(kind[0] for kind in KINDS)
# After these nobody knows whether the model worked, and so whether the call is billed: a connection that broke while
# it did is UNAVAILABLE too, and nothing tells it from a refusal.
LOST = (
    google.DeadlineExceeded,
    google.Cancelled,
    google.Unknown,
    google.InternalServerError,
    google.ServiceUnavailable,
)
# gRPC itself says RESOURCE_EXHAUSTED of a request that is too big, and waiting makes none smaller.
TOO_BIG = "message larger than max"
LONGEST_ASKED = 86_400.0  # seconds that a RetryInfo may ask for


def ours(exc: Exception) -> ProviderError:
    """The error in our words.

    Raises:
        Exception: `exc` itself, where the table does not have it.
    """
    text = f"Vertex AI: {exc}"
    if isinstance(exc, google.BadRequest) and is_refusal(str(exc)):
        safety = safety_of(str(exc), "prompt")
        return ProviderError(
            "PERMANENT", "safety_blocked", f"The model refused the prompt: {exc.message}", safety=safety
        )
    if isinstance(exc, google.TooManyRequests) and TOO_BIG in str(exc):
        return ProviderError("PERMANENT", "model_refused_request", f"The given pictures are too big. {text}")
    if isinstance(exc, auth.GoogleAuthError) and exc.retryable:  # it says so itself
        return ProviderError("TEMPORARY", "model_unavailable", text)
    for theirs, kind, code in KINDS:
        if isinstance(exc, theirs):
            billed: Billed = "unknown" if isinstance(exc, LOST) else "no"
            return ProviderError(kind, code, text, billed=billed, retry_after=_asked(exc))
    raise exc


def _asked(exc: Exception) -> float | None:
    """Seconds that Google's RetryInfo asks to wait."""
    details: list[Any] = getattr(exc, "details", None) or []
    for detail in details:
        delay = getattr(detail, "retry_delay", None)
        if delay is not None:
            return float(min(max(delay.seconds + delay.nanos / 1e9, 0.0), LONGEST_ASKED)) or None
    return None
