"""Waiting for a condition, with a deadline: what tests do instead of sleeping."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
LOOK_SECONDS = 0.02
PATIENCE = 90  # seconds: only a test that fails waits so long, however busy the machine is


def until(
    condition: Callable[[], T | None], ended: Callable[[], object] = lambda: None, seconds: float = PATIENCE
) -> T:
    """The first value of `condition` that is true: neither None, nor False, nor 0, nor empty.

    Raises:
        AssertionError: there was none in `seconds`, or before `ended` gave something other than None.
    """
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"not within {seconds} s"
        assert (code := ended()) is None, f"it ended ({code}) before"
        time.sleep(LOOK_SECONDS)
