"""What is to happen at a time of the local cloud's clock, cheap enough for one timer a delivery."""

import asyncio
from collections.abc import Callable

from sortedcontainers import SortedDict

from infra.local.clock import Clock

Timer = tuple[int, int]  # when, in microseconds since the epoch, and a number of its own


class Timers:
    """Timers in the order of their time. To be made and used within one event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._due: SortedDict[Timer, Callable[[], None]] = SortedDict()
        self._last = 0
        self._alarm: asyncio.TimerHandle | None = None
        self._closed = False
        clock.on_advance(self._fire)

    def at(self, moment: int, action: Callable[[], None]) -> Timer:
        """Call `action` at `moment`, in microseconds since the epoch, or soon if that is past."""
        self._last += 1
        timer = (moment, self._last)
        self._due[timer] = action
        if self._due.peekitem(0)[0] == timer:
            self._arm()
        return timer

    def cancel(self, timer: Timer) -> None:
        """Forget a timer; one that was is no error."""
        self._due.pop(timer, None)

    def close(self) -> None:
        """Forget all timers, and take no more."""
        self._closed = True
        self._due.clear()
        if self._alarm:
            self._alarm.cancel()

    def _arm(self) -> None:
        if self._alarm:
            self._alarm.cancel()
            self._alarm = None
        if self._due and not self._closed:
            left = max(0, self._due.peekitem(0)[0][0] - self._clock.now())
            self._alarm = asyncio.get_running_loop().call_later(left / 1_000_000, self._fire)

    def _fire(self) -> None:
        now = self._clock.now()
        try:
            while self._due and self._due.peekitem(0)[0][0] <= now:
                self._due.popitem(0)[1]()
        finally:
            self._arm()
