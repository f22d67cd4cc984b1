"""So many jobs at once in one instance: a place is for work; who waits leaves it to another job."""

import asyncio
from collections.abc import Awaitable, Callable


class Place:
    """A job's claim to one of the instance's places: taken and left as it works and waits."""

    def __init__(self, places: asyncio.Semaphore) -> None:
        self._places = places
        self._taken = False

    async def take(self, seconds: float | None) -> bool:
        """Take a place; False where none came free within `seconds`, if it is to be tried for so long only."""
        try:
            async with asyncio.timeout(seconds):
                self._taken = await self._places.acquire()
        except TimeoutError:
            return False
        return True

    def leave(self) -> None:
        """Leave it, where it is taken."""
        if self._taken:
            self._taken = False
            self._places.release()

    async def away(self, wait: Callable[[], Awaitable[object]]) -> None:
        """Leave it during `wait()`, and take one again after; a wait that is cut short takes none."""
        self.leave()
        await wait()
        self._taken = await self._places.acquire()
