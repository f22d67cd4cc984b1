"""What there is to say of a model that goes."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.domain.deprecation import Deprecation
from shared.use_cases.plan import deprecation_of

SUNSET = datetime(2027, 5, 28, tzinfo=UTC)  # of gemini-3.1-flash-image
IMAGEN_2 = Deprecation(deprecated_at=datetime(2025, 6, 24, tzinfo=UTC), sunset_at=datetime(2025, 9, 24, tzinfo=UTC))


@pytest.mark.parametrize(("before", "said"), [(61, False), (60, True), (0, True), (-400, True)])
def test_a_sunset_is_said_60_days_before_and_ever_after(before: int, said: bool) -> None:  # noqa: FBT001 - a row
    """By the day."""
    found = deprecation_of("gemini-3.1-flash-image", SUNSET - timedelta(days=before))
    assert found == (Deprecation(deprecated_at=SUNSET, sunset_at=SUNSET) if said else None)


def test_a_model_is_deprecated_when_its_vendor_says_so() -> None:
    """Not only when it ends."""
    assert deprecation_of("imagegeneration@006", SUNSET) == IMAGEN_2
    assert deprecation_of("imagegeneration@006", datetime(2025, 6, 24, 12, tzinfo=UTC)) == IMAGEN_2
    assert deprecation_of("imagegeneration@006", datetime(2025, 6, 23, 23, tzinfo=UTC)) is None


@pytest.mark.parametrize("name", [None, "fast", "standard", "gemini-3.1-flash-lite-image", "placeholder"])
def test_an_alias_and_a_model_without_a_sunset_are_nobodys_worry(name: str | None) -> None:
    """An alias leads elsewhere in time."""
    assert deprecation_of(name, SUNSET) is None
