"""What models have made is stored in turn, for few jobs at once: first come, first served.

Many jobs wait for the model together. Were they all worked on when it has answered, each a step at a time, all would
end late and at once, their successors would ask the model at once again, and the processor would be idle meanwhile.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.use_cases.places import Place

AT_ONCE = 4  # one that uses the processor, and others that wait for an answer
TURN_SECONDS = 0.1  # then the next one's turn comes too: a store that is slow holds up nobody else for longer


class InTurn:
    """The line of one instance."""

    def __init__(self, at_once: int = AT_ONCE, seconds: float = TURN_SECONDS) -> None:
        self._turns = asyncio.Semaphore(at_once)
        self._seconds = seconds

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[None]:
        """Wait for a turn, and have it within the block, or for so many seconds of it."""
        turn = Place(self._turns)
        await turn.take(None)
        over = asyncio.get_running_loop().call_later(self._seconds, turn.leave)
        try:
            yield
        finally:
            over.cancel()
            turn.leave()
