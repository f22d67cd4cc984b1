"""What was read a moment ago, kept for a while: a process that serves many requests reads it once."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from shared.ports import Clock

T = TypeVar("T")
MOST = 10_000  # of one kind in one process


class Recent(Generic[T]):
    """Asks `read` for what it does not have, once for all who ask meanwhile; errors are kept for nobody."""

    def __init__(
        self,
        read: Callable[[str], Awaitable[T | None]],
        clock: Clock,
        *,
        found: timedelta,
        missing: timedelta,
        most: int = MOST,
    ) -> None:
        """Keep what is `found` for so long, and for how long it is known that something is `missing`."""
        self._read = read
        self._clock = clock
        self._found = found
        self._missing = missing
        self._most = most
        # Apart, for anybody can name what is missing: it is to drive out nothing that is there.
        self._there: OrderedDict[str, tuple[datetime, T | None]] = OrderedDict()
        self._not_there: OrderedDict[str, tuple[datetime, T | None]] = OrderedDict()
        self._asked: dict[str, asyncio.Task[T | None]] = {}

    async def __call__(self, name: str) -> T | None:
        """What `name` names; None: nothing. Raises what `read` raises."""
        kept = self._there.get(name) or self._not_there.get(name)
        if kept and self._clock.now() < kept[0]:
            return kept[1]
        task = self._asked.get(name)
        if task is None:
            task = self._asked[name] = asyncio.ensure_future(self._fresh(name))
            task.add_done_callback(lambda done: self._answered(name, done))
        # Whoever stops waiting, because its client left, ends nobody else's wait.
        return await asyncio.shield(task)

    async def _fresh(self, name: str) -> T | None:
        begun = self._clock.now()  # what is read is as old as its question
        value = await self._read(name)
        now, before = (self._not_there, self._there) if value is None else (self._there, self._not_there)
        before.pop(name, None)
        now[name] = (begun + (self._missing if value is None else self._found), value)
        now.move_to_end(name)
        if len(now) > self._most:
            now.popitem(last=False)
        return value

    def _answered(self, name: str, done: asyncio.Task[T | None]) -> None:
        self._asked.pop(name, None)
        if not done.cancelled():
            done.exception()  # looked at: those who waited have it
