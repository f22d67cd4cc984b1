"""How long a vendor asks to be left alone: `Retry-After`, in seconds or as a date (RFC 9110, section 10.2.3)."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_ASKED = 86400.0  # seconds; who asks for more is asked again after a day


def seconds(header: str | None, now: datetime) -> float | None:
    """The wait that is asked for, in seconds; None where none is, or nobody can tell which."""
    if not header:
        return None
    if header.isdecimal():
        return bounded(float(header))
    try:
        until = parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        return None
    # A date without a zone is in UTC, as all of HTTP's are.
    wait = (until if until.tzinfo else until.replace(tzinfo=UTC)) - now
    return bounded(wait.total_seconds())


def bounded(asked: float) -> float:
    """A wait in seconds that can be waited for."""
    return min(max(asked, 0.0), LONGEST_ASKED)
