"""How long a vendor asks to be left alone."""

import pytest

from shared.providers.retry_after import seconds
from tests.fakes.clock import NOON


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        (None, None),
        ("", None),
        ("0", 0),
        ("7", 7),
        ("9" * 400, 86400),
        ("-7", None),
        ("soon", None),
        ("1.5", None),
        ("²", None),
        ("Sat, 21 Nov 2026 12:00:30 GMT", 30),
        ("Sat, 21 Nov 2026 12:00:30 -0000", 30),
        ("Sat, 21 Nov 2026 13:00:30 +0100", 30),
        ("Sat, 21 Nov 2026 11:59:59 GMT", 0),
        ("Sat, 21 Nov 2037 12:00:00 GMT", 86400),
        ("Sat, 99 Nov 2026 12:00:30 GMT", None),
        ("Sat, 21 Nov 99999999999999999999 12:00:30 GMT", None),
    ],
)
def test_a_wait_is_seconds_or_a_date(header: str | None, wait: float | None) -> None:
    """At most a day; what nobody understands is no wait."""
    assert seconds(header, NOON) == wait
