"""Times as numbers, and one that several rules go by."""

from datetime import datetime, timedelta

MAX_SLEPT_OFF = timedelta(seconds=30)  # a shorter wait is slept off by the holder, a longer one left to `sweep`


def milliseconds(begin: datetime | None, end: datetime | None) -> int | None:
    """From `begin` to `end`; None while one of them is not there."""
    return round((end - begin) / timedelta(milliseconds=1)) if begin and end else None
