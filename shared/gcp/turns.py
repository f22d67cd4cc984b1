"""Writes that charge the same accounts, made together: whoever's turn it is takes along those who wait behind it.

An account is one document, which one commit at a time can change. So the writes of one process never conflict with
each other, and a hundred jobs that end at once need a few commits.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakValueDictionary

from shared.domain.accounts import Charge
from shared.domain.errors import Unavailable
from shared.gcp.limits import SECONDS

MOST = 50  # writes in one commit


@dataclass(frozen=True, eq=False)
class Charged:
    """A write of a document that charges accounts, and its answer: the new version, or what went wrong."""

    charge: Charge
    document: str  # its full name
    version: object  # that it must have; None: it must not exist
    writes: Sequence[Any]  # the first is the document's
    answer: asyncio.Future[object] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def done(self, version: object) -> None:
        """It was written."""
        if not self.answer.done():
            self.answer.set_result(version)

    def failed(self, error: Exception) -> None:
        """It was not, or nobody knows."""
        if not self.answer.done():
            self.answer.set_exception(error)


class Turns:
    """Who waits for which accounts."""

    def __init__(self, write: Callable[[list[Charged]], Awaitable[None]], patience: float = SECONDS) -> None:
        """`write` answers each of the writes that it is given; a turn is waited for so many seconds."""
        self._write = write
        self._patience = patience
        self._lines: dict[tuple[str, ...], list[Charged]] = {}
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._writing: set[asyncio.Future[None]] = set()

    async def __call__(self, wanted: Charged) -> object:
        """The answer to `wanted`, in its turn.

        Raises:
            Unavailable: its turn did not come; nothing was written.
        """
        try:
            await self._served(wanted, tuple(sorted(wanted.charge)))
            return await wanted.answer
        finally:
            wanted.answer.cancel()  # whoever goes away meanwhile hears of nothing any more

    async def _served(self, wanted: Charged, accounts: tuple[str, ...]) -> None:
        """Back when somebody writes it, or has."""
        line = self._lines.setdefault(accounts, [])
        line.append(wanted)
        try:
            async with self._turn(accounts):
                if wanted in line:
                    taken = [wanted, *(other for other in line if other is not wanted)][:MOST]
                    line[:] = [other for other in line if other not in taken]
                    await self._written(taken)
        except TimeoutError:
            if wanted in line:
                raise contended() from None
        finally:
            if wanted in line:
                line.remove(wanted)
            if not line and self._lines.get(accounts) is line:
                del self._lines[accounts]

    async def _written(self, taken: list[Charged]) -> None:
        """Write, to the end: that one client goes away is not the others' concern."""
        task = asyncio.ensure_future(self._write(taken))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)
        await asyncio.shield(task)

    @asynccontextmanager
    async def _turn(self, accounts: tuple[str, ...]) -> AsyncIterator[None]:
        locks = [self._locks.setdefault(account, asyncio.Lock()) for account in accounts]
        async with AsyncExitStack() as held:
            async with asyncio.timeout(self._patience):
                for lock in locks:  # in one order, so that no two wait for each other
                    await held.enter_async_context(lock)
            yield


def contended() -> Unavailable:
    """Too much is counted on an account at once."""
    text = "Too many jobs are counted on the same account at once: nothing was written. Please repeat."
    return Unavailable("contended", text, retry_after=1)
