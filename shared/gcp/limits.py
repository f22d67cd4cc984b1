"""How long a call may take in all: `**READ`, `**WRITE` and `**PUBLISH` go with it.

`timeout` alone is for each try, and the client libraries try again for one minute (a commit, a publish) to five
(a read); who waits for an answer would rather hear of a 503. What is tried again is as in those libraries.
"""

from typing import Any

from google.api_core import exceptions as google
from google.api_core.retry import AsyncRetry, if_exception_type

SECONDS = 10.0


def _within(*again: type[Exception]) -> dict[str, Any]:
    retry = AsyncRetry(if_exception_type(*again), initial=0.1, maximum=2, multiplier=1.5, timeout=SECONDS)
    return {"timeout": SECONDS, "retry": retry}


READ = _within(google.DeadlineExceeded, google.InternalServerError, google.ServiceUnavailable)
WRITE = _within(google.ResourceExhausted, google.ServiceUnavailable)
PUBLISH = _within(
    google.Aborted,
    google.Cancelled,
    google.DeadlineExceeded,
    google.InternalServerError,
    google.ResourceExhausted,
    google.ServiceUnavailable,
    google.Unknown,
)
