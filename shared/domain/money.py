"""Money: integer micro-USD; `None` is unknown, which is never 0."""

from collections.abc import Iterable

MICROS_PER_USD = 1_000_000


def total(amounts: Iterable[int | None]) -> int | None:
    """The sum in micro-USD; unknown as soon as one amount is."""
    known = 0
    for amount in amounts:
        if amount is None:
            return None
        known += amount
    return known
