"""What an answer says of the idempotency key that it was asked for with."""

from datetime import datetime
from email.utils import format_datetime

NEVER = "never"  # only a deletion ends it


def key_headers(key: str | None, until: datetime | None, *, replayed: bool) -> dict[str, str]:
    """Whether the key had asked for it before, and until when at least it is known; nothing without a key.

    No standard names a header for the latter; the drafts leave it to the documentation, which a program cannot read.
    """
    if key is None:
        return {}
    headers = {"Idempotency-Key-Expires": format_datetime(until, usegmt=True) if until else NEVER}
    return headers | {"Idempotency-Replayed": "true"} if replayed else headers
