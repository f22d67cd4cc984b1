"""Waiting without sleeping blindly: on a condition, with a deadline, or by moving the local cloud's clock."""

import time
from collections.abc import Callable

from tests.processes import Control

WAIT = 60  # seconds before a test gives up


def until(condition: Callable[[], bool], what: str) -> None:
    """Return once `condition` holds."""
    deadline = time.monotonic() + WAIT
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {WAIT} s: {what}")
        time.sleep(0.005)


def advance_until(control: Control, seconds: float, condition: Callable[[], bool], what: str) -> None:
    """Move the clock by `seconds`, again and again, until `condition` holds: the service may be a little behind."""

    def moved() -> bool:
        if condition():
            return True
        control.advance(seconds)
        return condition()

    until(moved, what)
