"""So many requests at once to one receiver: one that does not answer takes up a few places, and not all there are."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

AT_ONCE = 10  # requests to one address, in one instance: behind one host there may be many users' receivers
PATIENCE = 2.0  # seconds; a receiver that answers frees a place much sooner


class Receivers:
    """The places of each address that is asked at present."""

    def __init__(self, at_once: int = AT_ONCE, patience: float = PATIENCE) -> None:
        """Wait `patience` seconds for one of `at_once` places."""
        self._at_once = at_once
        self._patience = patience
        self._places: dict[str, asyncio.Semaphore] = {}
        self._asking: dict[str, int] = {}  # how many have a place, or wait for one

    @asynccontextmanager
    async def place(self, url: str) -> AsyncIterator[bool]:
        """A place at the receiver within the block; False where none came free."""
        places = self._places.setdefault(url, asyncio.Semaphore(self._at_once))
        self._asking[url] = self._asking.get(url, 0) + 1
        taken = False
        try:
            try:
                async with asyncio.timeout(self._patience):
                    taken = await places.acquire()
            except TimeoutError:
                taken = False
            yield taken
        finally:
            if taken:
                places.release()
            self._asking[url] -= 1
            if not self._asking[url]:
                del self._asking[url], self._places[url]
