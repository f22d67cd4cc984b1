"""What is sent on one Listen stream: targets that are asked for and given up, under numbers that are used once.

A number is never used again, so that what is still said of an old target is known to be of that one.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from google.cloud.firestore_v1.types import ListenRequest


class Requests:
    """The requests of one stream, until its end."""

    def __init__(self, database: str) -> None:
        """`database`: its full name."""
        self.documents = f"{database}/documents"
        self._database = database
        self._queue: asyncio.Queue[Any] = asyncio.Queue()
        self._last = 0

    def ask(self, target: dict[str, Any]) -> int:
        """Ask for a target; gives its number."""
        self._last += 1
        self._put(add_target={"target_id": self._last, **target})
        return self._last

    def give_up(self, number: int) -> None:
        """Ask for it no more. One that the server has removed must not be given up: the stream would end by it."""
        self._put(remove_target=number)

    def end(self) -> None:
        """Send no more."""
        self._queue.put_nowait(None)

    async def __aiter__(self) -> AsyncIterator[Any]:
        """What to send, until `end`."""
        while (request := await self._queue.get()) is not None:
            yield request

    def _put(self, **change: Any) -> None:
        self._queue.put_nowait(ListenRequest(database=self._database, **change))
