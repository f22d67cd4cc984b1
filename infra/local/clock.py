"""The one clock of the local cloud. It can be moved forward, so that tests need not wait."""

import asyncio
import time
from collections.abc import Callable


class Clock:
    """Microseconds since the epoch, never twice the same, and movable."""

    def __init__(self) -> None:
        self._offset = 0
        self._last = 0
        self._moved = asyncio.Event()
        self._on_advance: list[Callable[[], None]] = []

    def now(self) -> int:
        """The time, in microseconds since the epoch; never goes back."""
        return max(time.time_ns() // 1000 + self._offset, self._last)

    def tick(self) -> int:
        """A timestamp of its own, in microseconds: later than every one given out before."""
        self._last = max(time.time_ns() // 1000 + self._offset, self._last + 1)
        return self._last

    def advance(self, seconds: float) -> None:
        """Move the time forward by `seconds` and wake whoever sleeps on this clock.

        Raises:
            ValueError: `seconds` is negative.
        """
        if seconds < 0:
            raise ValueError(f"the clock only moves forward, not by {seconds} s")
        self._offset += int(seconds * 1_000_000)
        self._moved.set()
        self._moved = asyncio.Event()
        for action in self._on_advance:
            action()

    def on_advance(self, action: Callable[[], None]) -> None:
        """Call `action` after every `advance`, for as long as this clock lives."""
        self._on_advance.append(action)

    def catch_up(self, moment: int) -> None:
        """Go on from `moment`, in microseconds since the epoch, if it is ahead: it is on the disk, and so is past."""
        self._offset += max(0, moment - self.now())
        self._last = max(self._last, moment)

    async def sleep_until(self, moment: int) -> None:
        """Sleep until `moment`, in microseconds since the epoch, by this clock."""
        while (left := moment - self.now()) > 0:
            moved = self._moved
            try:
                async with asyncio.timeout(left / 1_000_000):
                    await moved.wait()
            except TimeoutError:
                continue

    async def sleep(self, seconds: float) -> None:
        """Sleep for `seconds` by this clock."""
        await self.sleep_until(self.now() + int(seconds * 1_000_000))
