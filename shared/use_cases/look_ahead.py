"""The record of a job's pixels, read while the claim is written: one round trip less before the model is called.

It is then as old as the claim. That does no harm: what is decided by it is written under the version that was read, so
a record that has changed since is found out as in any other race, and read again.
"""

import asyncio
from contextlib import suppress
from typing import Any

from shared.domain.errors import Unavailable
from shared.domain.job import Job
from shared.domain.render import render_id
from shared.ports import JobStore, StoredRender


class LookAhead:
    """The records that one delivery needs."""

    def __init__(self, jobs: JobStore) -> None:
        self._jobs = jobs
        self._begun: tuple[str, asyncio.Task[StoredRender | None]] | None = None

    def begin(self, job: Job) -> None:
        """Begin to read the record that this job will ask for first, where it will."""
        self.drop()
        not_yet_known = (job.references or job.mask) and not job.inputs  # which pixels, before they are fetched
        if job.cache == "off" or job.board or not_yet_known:
            return
        name = render_id(job)
        reading = asyncio.ensure_future(self._jobs.get_render(name))
        reading.add_done_callback(_heard)
        self._begun = name, reading

    async def __call__(self, name: str) -> StoredRender | None:
        """The record: once as it was read ahead, where that came to anything, then as it is.

        Raises:
            Unavailable: the database does not answer.
        """
        if self._begun and self._begun[0] == name:
            _, reading = self._begun
            self._begun = None
            with suppress(Unavailable):
                return await reading
        return await self._jobs.get_render(name)

    def drop(self) -> None:
        """Forget what nobody asked for."""
        if self._begun:
            self._begun[1].cancel()
            self._begun = None


def _heard(reading: asyncio.Task[Any]) -> None:
    """A failure that nobody asks for is none: asyncio would log it."""
    if not reading.cancelled():
        reading.exception()
