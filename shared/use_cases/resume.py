"""The waiting jobs of a resumed control, announced at once, in pages; who stops half-way is followed by `sweep`."""

import logging
from datetime import timedelta

import msgspec

from shared.domain.control import FIELDS, Control, Told
from shared.domain.errors import Conflict, OutcomeUnknown, Unavailable
from shared.domain.job import Job
from shared.idempotency import fresh_token
from shared.ports import Clock, JobQueue, JobStore, Position
from shared.ports.controls import ControlStore, StoredControl
from shared.telemetry import event

PAGE = 200  # jobs


class Resume:
    """Announces; a control whose jobs all know is removed."""

    def __init__(self, controls: ControlStore, jobs: JobStore, queue: JobQueue, clock: Clock) -> None:
        self._controls = controls
        self._jobs = jobs
        self._queue = queue
        self._clock = clock

    async def __call__(self, stored: StoredControl, seconds: float) -> bool:
        """Announce for about `seconds`; True: all know, and the control is gone. Of two that do it at once one stops.

        Raises:
            Unavailable: the database or the broker does not answer; `sweep` goes on from the last whole page.
        """
        until = self._clock.now() + timedelta(seconds=seconds)
        while not stored.control.paused:
            page = await self._page(stored.control)
            due = [job for job in page if job.due(self._clock.now())]
            await self._queue.announce_all(due)
            event("waiting jobs announced", control=stored.control.id, jobs=len(due))
            try:
                if len(page) < PAGE:
                    await self._controls.remove(stored)
                    return True
                stored = await self._controls.write(stored, _up_to(stored.control, page[-1]))
            except (Conflict, OutcomeUnknown):
                return False  # another does it, or it is paused again; if not, it is looked after
            if self._clock.now() >= until:
                break
        return False

    async def all(self, seconds: float) -> None:
        """Go on with every control that is not through; what goes wrong is left to the next time."""
        until = self._clock.now() + timedelta(seconds=seconds)
        try:
            for stored in await self._controls.all():
                await self(stored, (until - self._clock.now()).total_seconds())
        except Unavailable as exc:
            event("waiting jobs not announced yet", level=logging.ERROR, error=exc)

    async def _page(self, control: Control) -> list[Job]:
        after = Position(control.told.at, control.told.job_id) if control.told else None
        return [found.job for found in await self._jobs.queued(FIELDS[control.kind], control.name, PAGE, after)]


def _up_to(control: Control, job: Job) -> Control:
    return msgspec.structs.replace(control, told=Told(job.queued_at, job.id), write_id=fresh_token())
