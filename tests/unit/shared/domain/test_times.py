"""Times as numbers."""

from datetime import timedelta

from shared.domain.times import milliseconds
from tests.fakes.clock import NOON


def test_milliseconds_need_both_ends() -> None:
    """Rounded; None while one is missing."""
    assert milliseconds(NOON, NOON + timedelta(microseconds=1500)) == 2
    assert milliseconds(NOON, None) is None
    assert milliseconds(None, NOON) is None
