"""What can go wrong. Every error says what happened; its `advice` says what to do.

DarkroomError
├── Misused          the client was given what cannot be sent: nothing was
├── Unreachable      no answer came: refused, cut off, or no such host
├── Timeout          the call's deadline passed; of `wait`, `job` is as it was last seen
├── NotDarkroom      an answer came that is none of Darkroom's
├── Corrupt          an image's bytes are not those that its job names
├── JobFailed        the job ended without its images; `failure` says why
│   └── JobCanceled  because it was canceled
├── BadWebhook       a webhook that nobody should believe
└── ApiError         refused, by a problem (RFC 9457): `status`, `code`, `detail`, `errors`
    ├── Invalid               400, 413, 415, 422: change what `errors` point to
    ├── Unauthorized          401
    ├── BudgetExceeded        402
    ├── Forbidden             403
    ├── NotFound              404, 410
    ├── Conflict              409: what is asked does not go with how it stands
    ├── IdempotencyMismatch   422: the key was used for another request
    ├── RateLimited           429, and waiting for as long as it asks would pass the deadline
    └── Unavailable           5xx, after every retry
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .records import Failure, Job, Safety


class DarkroomError(Exception):
    """Root of all errors of this client."""

    def __init__(self, text: str, advice: str = "") -> None:
        super().__init__(text)
        self.advice = advice  # what to do, in a sentence; empty where nobody can say


class Misused(DarkroomError):
    """What the client was given cannot be sent."""


class Unreachable(DarkroomError):
    """No answer came, however often it was tried."""


class Timeout(DarkroomError):
    """The deadline of the call passed."""

    job: "Job | None" = None  # as it was last seen, where a job was waited for


class NotDarkroom(DarkroomError):
    """What answers is no deployment of Darkroom, or one that this client does not understand."""


class Corrupt(DarkroomError):
    """Bytes came that are not the image's: their SHA-256 is another."""


class BadWebhook(DarkroomError):
    """A webhook that is not signed by any of the secrets, or too old, or too new."""


class JobFailed(DarkroomError):
    """The job ended without its images."""

    def __init__(self, job: "Job") -> None:
        failure = job.failure
        why = f"{failure.code}: {failure.message}" if failure else "it does not say why"
        super().__init__(f"job {job.id} {job.status}: {why}", _of_failure(failure))
        self.job = job

    @property
    def failure(self) -> "Failure | None":
        """Why."""
        return self.job.failure

    @property
    def safety(self) -> "Safety | None":
        """What a safety filter said, where it was one."""
        return self.job.failure.safety if self.job.failure else None


class JobCanceled(JobFailed):
    """The job was canceled before it had its images."""


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field of a request."""

    pointer: str  # JSON pointer (RFC 6901) into the body
    detail: str


class ApiError(DarkroomError):
    """A call that was answered, by a refusal.

    Attributes:
        status: the HTTP status.
        code: stable and machine-readable, such as `job_not_found`; empty where the answer has none.
        detail: what is wrong, in words.
        errors: the fields at fault.
        retry_after: seconds after which the same request may be taken; None where nobody says so.
        attempts: how often it was asked.
        raw: all of the problem, such as `exceeded` of 402 and 429.
    """

    def __init__(self, asked: str, status: int, problem: Mapping[str, Any], *, advice: str = "") -> None:
        self.status = status
        self.code = str(problem.get("code") or "")
        self.detail = str(problem.get("detail") or problem.get("title") or _phrase(status))
        self.errors = tuple(_field_errors(problem.get("errors")))
        self.retry_after: float | None = None
        self.attempts = 1
        self.raw = problem
        super().__init__(f"{asked} answered {status}: {self.detail}", advice or _ADVICE.get(self.code, ""))


class Invalid(ApiError):
    """The request is not as it must be."""


class Unauthorized(ApiError):
    """Nothing in the request opens this deployment."""


class Forbidden(ApiError):
    """The key may not do this."""


class BudgetExceeded(ApiError):
    """The budget has less left than the job may cost; `raw["exceeded"]` says how much, and until when."""


class NotFound(ApiError):
    """There is no such thing, or no longer, or it is another tenant's."""


class Conflict(ApiError):
    """What is asked does not go with the state it is in, such as to cancel what has ended."""


class IdempotencyMismatch(ApiError):
    """The idempotency key was used for another request."""


class RateLimited(ApiError):
    """Too much within a time."""


class Unavailable(ApiError):
    """The deployment cannot do it now."""


_KEY = "Give a key that may do this (api_key, or DARKROOM_API_KEY)."
_ADDRESS = "Check that the address (url, or DARKROOM_URL) is a deployment of Darkroom of this version or newer."
_ADVICE = {
    "budget_exceeded": "Ask for less, wait until the budget begins anew, or have it raised.",
    "idempotency_key_reused": "Use a new key for a new request, or repeat the first exactly.",
    "secret_already_shown": "Rotate the key: its secret was in an answer that was lost, and is kept nowhere.",
    "job_not_failed": "Only a failed job can be retried: submit a new one.",
}
_OF_STATUS: dict[int, tuple[type[ApiError], str]] = {
    401: (Unauthorized, _KEY),
    402: (BudgetExceeded, ""),
    403: (Forbidden, _KEY),
    404: (NotFound, "Check the id, and that the key is of the tenant whose it is."),
    409: (Conflict, "See how it stands now, and ask again."),
    410: (NotFound, ""),
    429: (RateLimited, "Ask again later, or for less at once."),
}


def refusal(method: str, path: str, status: int, problem: Mapping[str, Any]) -> ApiError:
    """The error that a refusing answer is; `problem` is its body where that is an object, else empty."""
    kind, advice = _kind_of(method, status, problem)
    return kind(f"{method} {path}", status, problem, advice=_ADVICE.get(str(problem.get("code")), advice))


def _kind_of(method: str, status: int, problem: Mapping[str, Any]) -> tuple[type[ApiError], str]:
    code = problem.get("code")
    if code == "idempotency_key_reused":
        return IdempotencyMismatch, ""
    if status >= 500:  # noqa: PLR2004 - the statuses of servers' own defects begin there
        function = "status" if method in {"GET", "HEAD"} else "submit"
        return Unavailable, f"See the logs of the function `{function}`."
    kind, advice = _OF_STATUS.get(status, (Invalid, ""))
    if code in {None, "not_found"}:  # nobody at Darkroom refused it
        return kind, _ADDRESS if kind is NotFound else advice or _ADDRESS
    return kind, advice or "Change what the answer names, and ask again."


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "no reason given"


def _field_errors(errors: object) -> "list[FieldError]":
    """Those that are told as we know them."""
    found = errors if isinstance(errors, list) else []
    told = [each for each in found if isinstance(each, dict)]
    return [FieldError(str(each.get("pointer", "")), str(each.get("detail", ""))) for each in told]


def _of_failure(failure: "Failure | None") -> str:
    if failure is None:
        return ""
    if failure.code == "safety_blocked":
        return "Change the prompt: the same one is refused again."
    return "Retry the job: it may succeed." if failure.retryable else "Change the request: the same one fails again."
