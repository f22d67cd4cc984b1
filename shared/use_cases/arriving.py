"""Pictures that are stored as they come: while others of their job are being made, and what they cost is noted.

That is noted when all have come: until then their call counts at its estimate, as that of a worker that died does. What
is stored of a job that comes to nothing is left behind, and removed as a dead worker's is.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from shared.domain.job import Artifact
from shared.ports import Picture
from shared.use_cases.in_time import ended
from shared.use_cases.upload import together

Store = Callable[[int, Sequence[Picture]], Awaitable[tuple[Artifact, ...]]]


class Arriving:
    """The pictures of one outcome, as they come."""

    def __init__(self, store: Store) -> None:
        """`store` is given the index of the first of some pictures, and them."""
        self._store = store
        self._stored: list[asyncio.Future[tuple[Artifact, ...]]] = []
        self.count = 0  # of the pictures so far

    def __call__(self, pictures: Sequence[Picture]) -> None:
        """Begin to store the next pictures."""
        self._stored.append(asyncio.ensure_future(self._store(self.count, pictures)))
        self.count += len(pictures)

    async def artifacts(self) -> tuple[Artifact, ...]:
        """What has been made of all of them, by index.

        Raises:
            ImageStoreError, LeaseLost, Unavailable: as `store`; none is under way any more.
        """
        return tuple(artifact for stored in await together(*self._stored) for artifact in stored)

    async def end(self) -> None:
        """Store no more, and wait until none is under way."""
        await ended(*self._stored)
