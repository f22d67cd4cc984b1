"""Google's errors → ours, in one table; `raise … from exc` at the adapters.

Over gRPC a refusal is a class of google.api_core.exceptions; a lost answer shows as DEADLINE_EXCEEDED, UNAVAILABLE,
CANCELLED, INTERNAL or UNKNOWN, after which a write may have happened.
"""

from google.api_core import exceptions as google

from shared.domain.errors import AlreadyExists, Conflict, DarkroomError, OutcomeUnknown, Unavailable

WRITE: tuple[tuple[type[Exception], type[DarkroomError]], ...] = (
    (google.AlreadyExists, AlreadyExists),
    (google.Aborted, Conflict),
    (google.FailedPrecondition, Conflict),
    (google.NotFound, Conflict),
    (google.ServerError, OutcomeUnknown),  # UNAVAILABLE, INTERNAL, UNKNOWN, DEADLINE_EXCEEDED
    (google.Cancelled, OutcomeUnknown),
    (google.RetryError, OutcomeUnknown),
)
CALL_ERRORS = (google.GoogleAPICallError, google.RetryError)


def of_write(exc: Exception) -> DarkroomError:
    """What a conditional write of a document came to."""
    for theirs, ours in WRITE:
        if isinstance(exc, theirs):
            return ours(str(exc))
    return refused("Firestore", exc)


def refused(service: str, exc: Exception) -> Unavailable:
    """A call that was not answered as it should be: 503, with a hint where the deployment is at fault."""
    hint = ""
    if isinstance(exc, (google.Forbidden, google.Unauthorized)):
        hint = " Its credentials do not allow this call: check the function's service account."
    return Unavailable("dependency_unavailable", f"{service} does not answer as it should: {exc}.{hint}", retry_after=5)
