"""What Google's errors mean to us, row by row."""

import pytest
from google.api_core import exceptions as google
from google.auth import exceptions as auth
from requests import exceptions as requests

from shared.domain.errors import AlreadyExists, Conflict, DarkroomError, OutcomeUnknown, Unavailable
from shared.gcp.errors import of_create, of_write
from shared.gcp.objects import KINDS as STORAGE
from shared.providers.imagen.errors import KINDS as IMAGEN
from shared.providers.imagen.errors import ours as of_imagen

WRITES: list[tuple[Exception, type[DarkroomError]]] = [
    (google.AlreadyExists("x"), Conflict),
    (google.Aborted("x"), Conflict),
    (google.FailedPrecondition("x"), Conflict),
    (google.NotFound("x"), Conflict),
    (google.ServiceUnavailable("x"), OutcomeUnknown),
    (google.DeadlineExceeded("x"), OutcomeUnknown),
    (google.InternalServerError("x"), OutcomeUnknown),
    (google.Unknown("x"), OutcomeUnknown),
    (google.Cancelled("x"), OutcomeUnknown),
    (google.RetryError("x", None), OutcomeUnknown),
    (google.PermissionDenied("x"), Unavailable),
    (google.Unauthenticated("x"), Unavailable),
    (google.InvalidArgument("x"), Unavailable),
    (google.ResourceExhausted("x"), Unavailable),
]
OBJECTS: list[tuple[Exception, str]] = [
    (google.TooManyRequests("x"), "RATE_LIMIT"),
    (google.Unauthorized("x"), "AUTH_ERROR"),
    (google.Forbidden("x"), "AUTH_ERROR"),
    (google.NotFound("x"), "PERMANENT"),
    (google.BadRequest("x"), "PERMANENT"),
    (google.ServiceUnavailable("x"), "TEMPORARY"),
    (google.InternalServerError("x"), "TEMPORARY"),
    (google.GatewayTimeout("x"), "TEMPORARY"),
    (google.RetryError("x", None), "TEMPORARY"),
    (auth.TransportError("x"), "TEMPORARY"),
    (auth.RefreshError("x"), "AUTH_ERROR"),
    (auth.DefaultCredentialsError("x"), "AUTH_ERROR"),
    (requests.ConnectionError("x"), "TEMPORARY"),
    (requests.Timeout("x"), "TEMPORARY"),
]
PREDICTS: list[tuple[Exception, str]] = [
    (google.ResourceExhausted("x"), "RATE_LIMIT"),
    (google.Unauthenticated("x"), "AUTH_ERROR"),
    (google.PermissionDenied("x"), "AUTH_ERROR"),
    (auth.RefreshError("x"), "AUTH_ERROR"),
    (auth.TransportError("x"), "TEMPORARY"),
    (auth.RefreshError("x", retryable=True), "TEMPORARY"),
    (google.NotFound("x"), "PERMANENT"),
    (google.InvalidArgument("x"), "PERMANENT"),
    (google.MethodNotImplemented("x"), "PERMANENT"),
    (google.FailedPrecondition("x"), "PERMANENT"),
    (google.Aborted("x"), "TEMPORARY"),
    (google.Cancelled("x"), "TEMPORARY"),
    (google.ServiceUnavailable("x"), "TEMPORARY"),
    (google.DeadlineExceeded("x"), "TEMPORARY"),
    (google.InternalServerError("x"), "TEMPORARY"),
    (google.Unknown("x"), "TEMPORARY"),
    (google.RetryError("x", None), "TEMPORARY"),
]


def _name(value: object) -> str:
    return value if isinstance(value, str) else getattr(value, "__name__", type(value).__name__)


@pytest.mark.parametrize(("theirs", "ours"), WRITES, ids=_name)
def test_a_conditional_write(theirs: Exception, ours: type[DarkroomError]) -> None:
    """A conflict is read again, a lost answer is looked for, anything else is an outage."""
    assert type(of_write(theirs)) is ours


def test_a_creation_that_meets_its_like_says_so() -> None:
    """It is how a key finds its job; and nothing else about a creation is a conflict."""
    assert type(of_create(google.AlreadyExists("x"))) is AlreadyExists
    assert type(of_create(google.Aborted("x"))) is Unavailable


@pytest.mark.parametrize(("theirs", "kind"), OBJECTS, ids=_name)
def test_an_object(theirs: Exception, kind: str) -> None:
    """The first row that matches counts."""
    assert next(ours for row, ours, _ in STORAGE if isinstance(theirs, row)) == kind


@pytest.mark.parametrize(("theirs", "kind"), PREDICTS, ids=_name)
def test_a_call_of_imagen(theirs: Exception, kind: str) -> None:
    """The first row that matches counts; whoever gives out tokens may be away for a while."""
    assert of_imagen(theirs).kind == kind


@pytest.mark.parametrize("table", [STORAGE, IMAGEN], ids=["storage", "imagen"])
def test_no_row_is_behind_one_that_takes_all_of_it(table: tuple[tuple[type[Exception], str, str], ...]) -> None:
    """Else it could never count."""
    for at, (row, _, _) in enumerate(table):
        assert not any(issubclass(row, earlier) for earlier, _, _ in table[:at]), row
