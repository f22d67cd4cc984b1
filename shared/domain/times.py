"""Times as numbers."""

from datetime import datetime, timedelta


def milliseconds(begin: datetime | None, end: datetime | None) -> int | None:
    """From `begin` to `end`; None while one of them is not there."""
    return round((end - begin) / timedelta(milliseconds=1)) if begin and end else None
