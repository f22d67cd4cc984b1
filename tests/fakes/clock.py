"""A clock that only its owner moves."""

import asyncio
from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class FakeClock:
    """Time that stands still until it is moved.

    Who sleeps on it moves it to the moment of waking, at once; `patient=True` makes sleepers wait until
    somebody else has moved it so far.
    """

    def __init__(self, start: datetime = NOON, *, patient: bool = False) -> None:
        self.slept: list[float] = []  # seconds, of every sleep begun
        self._now = start
        self._patient = patient
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        """See Clock.now."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """See Clock.sleep."""
        self.slept.append(seconds)
        until = self._now + timedelta(seconds=seconds)
        if not self._patient:
            self._now = max(self._now, until)
        while self._now < until:
            await self._moved.wait()

    def move(self, seconds: float) -> None:
        """Move it forward and wake those whose time has come."""
        self._now += timedelta(seconds=seconds)
        self._moved.set()
        self._moved = asyncio.Event()
