"""What waits at present, as every process that begins jobs, or shows them, knows it."""

import asyncio
from datetime import datetime, timedelta

from shared.domain.control import holding
from shared.domain.errors import Unavailable
from shared.domain.job import Job
from shared.ports import Clock
from shared.ports.controls import ControlStore
from shared.telemetry import event

KEPT = timedelta(seconds=5)  # a pause is in force everywhere after so long; the end of one at once


class Pauses:
    """The paused controls, read at most every 5 s while nothing is paused, whatever the number of jobs."""

    def __init__(self, controls: ControlStore, clock: Clock) -> None:
        self._controls = controls
        self._clock = clock
        self._reading = asyncio.Lock()
        self._begun = self._answered = 0  # the numbers of the last reads
        self._paused: frozenset[str] = frozenset()
        self._until: datetime | None = None

    @property
    def known(self) -> frozenset[str]:
        """The ids of the controls that were paused when this process last looked."""
        return self._paused

    async def seen(self) -> frozenset[str]:
        """The ids of the controls that were paused at most 5 s ago, or whenever the database last answered.

        Raises:
            Unavailable: the database has never answered.
        """
        try:
            async with self._reading:
                if self._until is None or self._until <= self._clock.now():
                    await self._read()
        except Unavailable as exc:
            if self._until is None:
                raise
            event("controls not read again", error=exc)
        return self._paused

    async def hold(self, job: Job) -> bool:
        """Whether the job is not to be begun now.

        That it waits is said only by a read that began after the question. Who resumes a control announces its jobs
        after that is stored: none of those announcements is taken for one that came before.

        Raises:
            Unavailable: the database does not answer.
        """
        if holding(job, await self.seen()) is None:
            return False
        begun = self._begun
        async with self._reading:
            if self._answered <= begun:  # nobody's read that began since the question has been answered
                await self._read()
        control = holding(job, self._paused)
        if control is None:
            return False
        event("job waits", job_id=job.id, control=control)
        return True

    async def _read(self) -> None:
        now = self._clock.now()
        self._begun += 1
        number, found = self._begun, await self._controls.all()
        self._answered = number
        self._paused = frozenset(stored.control.id for stored in found if stored.control.paused)
        self._until = now + KEPT
