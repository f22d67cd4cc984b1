"""Google's errors → ours, in one table; `raise … from exc` at the adapters.

Over gRPC a refusal is a class of google.api_core.exceptions; a lost answer shows as DEADLINE_EXCEEDED, UNAVAILABLE,
CANCELLED, INTERNAL or UNKNOWN, after which a write may have happened.
"""

from google.api_core import exceptions as google

from shared.domain.errors import AlreadyExists, Conflict, DarkroomError, OutcomeUnknown, Unavailable

Table = tuple[tuple[type[Exception], type[DarkroomError]], ...]
LOST: Table = (
    (google.ServerError, OutcomeUnknown),  # UNAVAILABLE, INTERNAL, UNKNOWN, DEADLINE_EXCEEDED
    (google.Cancelled, OutcomeUnknown),
    (google.RetryError, OutcomeUnknown),
)
CREATE: Table = ((google.AlreadyExists, AlreadyExists), *LOST)
WRITE: Table = (
    (google.AlreadyExists, Conflict),  # of what is created with it
    (google.Aborted, Conflict),
    (google.FailedPrecondition, Conflict),
    (google.NotFound, Conflict),
    *LOST,
)
CALL_ERRORS = (google.GoogleAPICallError, google.RetryError)


def of_create(exc: Exception) -> DarkroomError:
    """What the creation of a document came to; it meets no other version, so that nothing is a conflict."""
    return _of(CREATE, exc)


def of_write(exc: Exception) -> DarkroomError:
    """What a conditional write of documents came to."""
    return _of(WRITE, exc)


def _of(table: Table, exc: Exception) -> DarkroomError:
    for theirs, ours in table:
        if isinstance(exc, theirs):
            return ours(str(exc))
    return refused("Firestore", exc)


def refused(service: str, exc: Exception) -> Unavailable:
    """A call that was not answered as it should be: 503, with a hint where the deployment is at fault.

    Clients are told its kind alone: its text names projects and addresses, and is for the logs, as the cause.
    """
    hint = ""
    if isinstance(exc, (google.Forbidden, google.Unauthorized)):
        hint = " Its credentials do not allow this call: check the function's service account."
    text = f"{service} does not answer as it should ({type(exc).__name__}).{hint}"
    return Unavailable("dependency_unavailable", text, retry_after=5)
