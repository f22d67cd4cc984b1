"""A job and its parent: whether it may begin, and that the parent ends with the last of its children."""

import asyncio
import logging
from typing import Literal

import msgspec

from shared.domain.errors import Conflict, OutcomeUnknown, Unavailable
from shared.domain.job import Job
from shared.domain.listing import Listing
from shared.domain.money import total
from shared.domain.parent import FINISHED, LOOK_AGAIN, UNFINISHED, Parent, ended
from shared.domain.storyboard import MAX_SCENES
from shared.idempotency import fresh_token
from shared.ports import Clock, JobQueue, JobStore, ParentStore, StoredParent
from shared.telemetry import event
from shared.use_cases.read_batch import counted
from shared.use_cases.record_children import id_under

Fate = Literal["ready", "waits", "orphan"]
REMEMBERED = 1000  # parents that are queued or beyond: none of them is ever abandoned


class Parents:
    """What each function that works on jobs asks about batches."""

    def __init__(self, jobs: JobStore, parents: ParentStore, queue: JobQueue, clock: Clock) -> None:
        self._jobs = jobs
        self._parents = parents
        self._queue = queue
        self._clock = clock
        self._answered: dict[str, str | None] = {}  # by id, the nonce that a batch was recorded under

    async def fate(self, job: Job) -> Fate:
        """Whether a job may begin: not before its parent and all its siblings are recorded, never if they won't be.

        Whoever records a batch that was abandoned meanwhile may still write jobs after a repeat began it anew, under
        the same id: those are nobody's.

        Raises:
            Unavailable: the database does not answer.
        """
        if job.parent_id is None or job.attempt_count or job.retry_count:
            return "ready"
        if job.parent_id not in self._answered:
            found = await self._parents.get(job.parent_id)
            if found is None or found.parent.status == "abandoned":
                return "orphan"
            if not found.parent.was_answered:
                return "waits" if _is_of(job, _nonce(found.parent)) else "orphan"
            if len(self._answered) >= REMEMBERED:
                self._answered.clear()
            self._answered[job.parent_id] = _nonce(found.parent)
        return "ready" if _is_of(job, self._answered[job.parent_id]) else "orphan"

    async def hold(self, job: Job) -> bool:
        """Whether the job is not to be begun now.

        Raises:
            Unavailable: the database does not answer.
        """
        return await self.fate(job) != "ready"

    async def child_ended(self, job: Job) -> None:
        """End the parent of a job that has ended, if it was the last; what fails, `sweep` does."""
        if job.parent_id is None:
            return
        try:
            if await self._jobs.count(job.tenant, job.parent_id, UNFINISHED):
                return
            found = await self._parents.get(job.parent_id)
            if found and found.parent.was_answered and not found.parent.pages:
                await self._end(found)
        except (Conflict, OutcomeUnknown, Unavailable) as exc:
            event("parent not closed; sweep will", level=logging.WARNING, error=exc, parent_id=job.parent_id)

    async def child_queued_again(self, job: Job) -> None:
        """Have `sweep` look after a parent that had ended before one of its jobs was retried by itself.

        The job's end ends it anew; but whoever ends the job may die before that, and of a parent that rests nobody
        else would see to it.
        """
        if job.parent_id is None:
            return
        try:
            found = await self._parents.get(job.parent_id)
            if found and found.parent.is_over and found.parent.wake_at is None:
                later = msgspec.structs.replace(
                    found.parent, wake_at=self._clock.now() + LOOK_AGAIN, write_id=fresh_token()
                )
                await self._parents.write(found, later)
        except (Conflict, OutcomeUnknown, Unavailable) as exc:
            event("parent not looked after", level=logging.WARNING, error=exc, parent_id=job.parent_id)

    async def end_if_over(self, stored: StoredParent) -> StoredParent:
        """End a parent of which no child is unfinished; others stay as they are.

        Raises:
            Conflict, OutcomeUnknown: as ParentStore.write; whoever was faster did it.
            Unavailable: the database does not answer.
        """
        if await self._jobs.count(stored.parent.tenant, stored.parent.id, UNFINISHED):
            return stored
        return await self._end(stored)

    async def _end(self, stored: StoredParent) -> StoredParent:
        parent = stored.parent
        counts = await counted(self._jobs, parent, FINISHED)
        over = ended(parent, counts, self._clock.now())
        if over is parent:
            return stored
        cost = await self._cost_of_video(parent) if parent.kind == "storyboard" else None
        written = await self._parents.write(stored, msgspec.structs.replace(over, write_id=fresh_token()))
        event(f"{over.kind} {over.status}", parent_id=over.id, counts=counts, cost_micros=cost)
        await tell(self._queue, over)
        return written

    async def _cost_of_video(self, parent: Parent) -> int | None:
        """What a storyboard's scenes and their pictures cost, in micro-USD; None while one of them is unknown."""
        own = Listing(where={"parent_id": parent.id})
        board, pictures = await asyncio.gather(
            self._jobs.get(parent.id), self._jobs.page(parent.tenant, own, 2 * MAX_SCENES)
        )
        return total(stored.job.actual_micros for stored in [*([board] if board else []), *pictures])


def _nonce(parent: Parent) -> str | None:
    """What tells its jobs from those of another recording; a storyboard has one alone, and scenes made anew."""
    return parent.nonce if parent.kind == "batch" else None


def _is_of(job: Job, nonce: str | None) -> bool:
    return nonce is None or job.id == id_under(nonce, job.tenant, job.parent_id or "", job.parent_index or 0)


async def tell(queue: JobQueue, parent: Parent) -> None:
    """Publish what is to be told of a parent; what fails, or comes to nobody, `sweep` does again."""
    for change in parent.outbox:
        try:
            await queue.tell(parent.id, change)
        except Unavailable as exc:
            event("event not published; sweep will", level=logging.WARNING, error=exc, parent_id=parent.id)
            return
