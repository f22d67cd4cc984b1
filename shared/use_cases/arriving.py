"""Pictures that are stored as they come: while others of their job are being made, and what they cost is noted.

That is noted when all have come: until then their call counts at its estimate, as that of a worker that died does. What
is stored of a job that comes to nothing is left behind, and removed as a dead worker's is.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import NamedTuple

from shared.domain.errors import RETRYABLE, ImageStoreError, Unavailable
from shared.domain.job import Artifact
from shared.ports import Picture
from shared.telemetry import event
from shared.use_cases.in_time import ended
from shared.use_cases.prepare import Ready
from shared.use_cases.storing import Storing
from shared.use_cases.upload import together


class _Group(NamedTuple):
    first: int
    ready: asyncio.Future[list[Ready]]
    stored: asyncio.Future[tuple[Artifact, ...]]


class Arriving:
    """The pictures of one outcome, as they come."""

    def __init__(self, storing: Storing) -> None:
        self._storing = storing
        self._groups: list[_Group] = []
        self.count = 0  # of the pictures so far

    def __call__(self, pictures: Sequence[Picture]) -> None:
        """Begin to store the next pictures."""
        ready = asyncio.ensure_future(self._storing.ready(self.count, pictures))
        stored = asyncio.ensure_future(self._early(self.count, ready))
        self._groups.append(_Group(self.count, ready, stored))
        self.count += len(pictures)

    async def artifacts(self) -> tuple[Artifact, ...]:
        """What has been made of all of them, by index; what could not be stored as it came is stored now.

        Raises:
            ImageStoreError, LeaseLost, Unavailable: as Storing; none is under way any more.
        """
        groups = await together(*map(self._made, self._groups))
        return tuple(artifact for artifacts in groups for artifact in artifacts)

    async def end(self) -> None:
        """Store no more, wait until none is under way, and let the pictures go: whoever told of them is kept longer."""
        await ended(*(future for group in self._groups for future in (group.stored, group.ready)))
        self._groups.clear()

    async def _early(self, first: int, ready: asyncio.Future[list[Ready]]) -> tuple[Artifact, ...]:
        return await self._storing.upload(first, await ready, patient=False)

    async def _made(self, group: _Group) -> tuple[Artifact, ...]:
        try:
            return await group.stored
        except (ImageStoreError, Unavailable) as error:
            if isinstance(error, ImageStoreError) and error.kind not in RETRYABLE:
                raise
            event("images not stored as they came", level=logging.WARNING, error=error, first=group.first)
        return await self._storing.upload(group.first, await group.ready)
