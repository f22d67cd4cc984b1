"""What Google's errors come to."""

import pytest
from google.api_core import exceptions as google

from shared.domain.errors import Unavailable
from shared.gcp.errors import of_create, of_write, refused


@pytest.mark.parametrize("error", [google.Forbidden("denied on projects/secret"), google.RetryError("10.0.0.1", None)])
def test_what_is_told_of_a_refusal_names_nothing_inside(error: Exception) -> None:
    """A client hears which service, and what kind of trouble."""
    text = refused("Firestore", error).detail
    assert "Firestore" in text
    assert type(error).__name__ in text
    assert "secret" not in text
    assert "10.0.0.1" not in text


def test_a_refusal_for_lack_of_rights_says_what_to_do() -> None:
    """Whoever deployed it reads the answer, too."""
    assert "service account" in refused("Pub/Sub", google.Forbidden("denied")).detail


@pytest.mark.parametrize("translated", [of_create, of_write])
def test_a_refusal_that_is_no_conflict_is_503(translated: object) -> None:
    """Nothing was written."""
    assert callable(translated)
    assert isinstance(translated(google.PermissionDenied("denied")), Unavailable)
