"""What can go wrong with a job, and with a call to something outside.

DarkroomError
├── Rejected           the request cannot be taken: 4xx, nothing was written
├── Unavailable        the service cannot take it now: 503
├── IllegalTransition  a defect: a state change that the table does not have
├── LeaseLost          another worker holds the job now: stop and change nothing
├── StoreError         the database refused a conditional write, or its answer was lost
│   ├── AlreadyExists
│   ├── Conflict
│   └── OutcomeUnknown
├── Canceled           the user canceled the job that is being worked on
└── AttemptError       an attempt failed; says whether to try again and whether it was billed
├── InputError
├── ProviderError
├── AwaitsCallback     no failure: the provider works on, and calls when it is done
├── ShutDown
└── ImageStoreError
"""

from collections.abc import Awaitable, Callable
from typing import Any, Literal

from shared.domain.exceeded import Exceeded
from shared.domain.safety import Safety

FailureType = Literal["TEMPORARY", "RATE_LIMIT", "PERMANENT", "AUTH_ERROR", "UNKNOWN"]
RETRYABLE: frozenset[FailureType] = frozenset({"TEMPORARY", "RATE_LIMIT"})
Billed = Literal["yes", "no", "unknown"]


class DarkroomError(Exception):
    """Root of all errors of this project."""


class Rejected(DarkroomError):
    """A request that cannot be taken.

    Args:
        status: the HTTP status.
        code: stable and machine-readable, such as `invalid_request`.
        detail: what is wrong and what to do.
        errors: (JSON pointer into the body, what is wrong there).
        retry_after: seconds after which the same request may be taken.
        exceeded: the limit that the request would exceed.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: tuple[tuple[str, str], ...] = (),
        retry_after: int = 0,
        exceeded: Exceeded | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors
        self.retry_after = retry_after
        self.exceeded = exceeded


class Unavailable(Rejected):
    """The service cannot take any such request now: 503."""

    def __init__(self, code: str, detail: str, *, retry_after: int = 0) -> None:
        super().__init__(503, code, detail, retry_after=retry_after)


class IllegalTransition(DarkroomError):
    """A change of status that the table of legal ones does not have."""


class LeaseLost(DarkroomError):
    """The job is no longer this worker's: whatever it still does must change nothing."""


class StoreError(DarkroomError):
    """A conditional write that did not simply succeed."""


class AlreadyExists(StoreError):
    """A document of that id exists."""


class Conflict(StoreError):
    """The document is not as the writer last saw it, or is gone."""


class OutcomeUnknown(StoreError):
    """The answer was lost: the write may have happened."""


class RenderTaken(DarkroomError):
    """The record of a job's pixels changed hands: decide again whether to make, follow or adopt."""


class Canceled(DarkroomError):
    """The user canceled the job while it was worked on; the job says so already."""


class AttemptError(DarkroomError):
    """An attempt failed at one of its steps.

    Args:
        kind: decides about another try (`RETRYABLE`).
        code: stable and machine-readable, such as `safety_blocked`.
        message: for the user.
        billed: whether the provider was or may have been paid for the call that failed.
        retry_after: seconds the other side asked to wait, if it did.
        keeps_operation: the provider's operation goes on: the next attempt asks for it, and pays nothing again.
        counts: whether the attempt uses up one of the job's; a rate limit never does.
    """

    def __init__(
        self,
        kind: FailureType,
        code: str,
        message: str,
        *,
        billed: Billed = "no",
        retry_after: float | None = None,
        keeps_operation: bool = False,
        counts: bool = True,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.code = code
        self.message = message
        self.billed = billed
        self.retry_after = retry_after
        self.keeps_operation = keeps_operation
        self.counts = counts


class ProviderError(AttemptError):
    """A model call that gave no image.

    Args:
        safety: what a safety filter said, where it was one.
        cost_micros: what the failed call cost, where that is known and neither all of its estimate nor nothing:
            of several calls made at once, some may have been answered.
        more: as AttemptError's.
    """

    def __init__(
        self,
        kind: FailureType,
        code: str,
        message: str,
        *,
        safety: Safety | None = None,
        cost_micros: int | None = None,
        **more: Any,
    ) -> None:
        super().__init__(kind, code, message, **more)
        self.safety = safety
        self.cost_micros = cost_micros


class AwaitsCallback(AttemptError):
    """The provider's operation goes on, and the provider calls once it is done: until then the claim is given back.

    As a failure it is what is left when the job's time is over.

    Args:
        finished: asks the provider whether the operation has ended by now, however; may raise a ProviderError.
    """

    def __init__(self, message: str, finished: Callable[[], Awaitable[bool]]) -> None:
        super().__init__("TEMPORARY", "model_timeout", message, billed="unknown", keeps_operation=True, counts=False)
        self.finished = finished


class ShutDown(AttemptError):
    """The instance goes: the claim is given back, for another to take at once."""


class InputError(AttemptError):
    """A picture that the job starts from cannot be had; nothing was paid."""


class ImageStoreError(AttemptError):
    """The bucket did not take, give or delete an object."""
