"""Whatever is due: announce again, take over, end, clean up. Idempotent, paged, and safe to run twice at once."""

import asyncio
import contextlib
import logging
from collections.abc import Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol, TypeVar

import msgspec

from shared.domain.commands import delete, tombstone
from shared.domain.delivery import blanked
from shared.domain.endings import canceled
from shared.domain.errors import Conflict, DarkroomError, OutcomeUnknown
from shared.domain.job import ANNOUNCE_AGAIN, Event, Job
from shared.domain.outbox import without
from shared.domain.times import milliseconds
from shared.idempotency import fresh_token
from shared.ports import (
    Clock,
    ImageStore,
    JobQueue,
    RenderChange,
    Stored,
    StoredDelivery,
    StoredParent,
    Stores,
    Tenants,
)
from shared.telemetry import event
from shared.use_cases.clean_up import remove_of_ended
from shared.use_cases.closing import settle
from shared.use_cases.outbox import publish
from shared.use_cases.parents import Parents
from shared.use_cases.pauses import Pauses
from shared.use_cases.resume import Resume
from shared.use_cases.single_flight import unpublished
from shared.use_cases.sweep_parents import ParentRepair, sweep_parents_of

PAGE = 100
LONGEST = timedelta(hours=1)
TELL_FOR = timedelta(days=3)
Repair = Literal[
    "announced", "lease_expired", "canceled", "cleaned", "expired", "buried", "told", "settled", "redelivered",
    "postponed", "paused", "discarded", ParentRepair, "contended", "not_repaired",
]  # fmt: skip
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Due(Protocol[T_co]):
    """A store of things that are looked after."""

    async def due(self, now: datetime, limit: int) -> Sequence[T_co]:
        """As DeliveryStore.due."""
        ...


NOTHING_DONE: frozenset[Repair] = frozenset({"not_repaired", "contended"})


class Sweep:
    """What the scheduler calls."""

    def __init__(self, stores: Stores, queue: JobQueue, images: ImageStore, clock: Clock, tenants: Tenants) -> None:
        self._jobs = stores.jobs
        self._deliveries = stores.deliveries
        self._pauses = Pauses(stores.controls, clock)
        self._resume = Resume(stores.controls, stores.jobs, queue, clock)
        self._parents = Parents(stores.jobs, stores.batches, queue, clock)
        self._sweep_parents = sweep_parents_of(stores, queue, clock, tenants, self._parents)
        self._batches = stores.batches
        self._queue = queue
        self._images = images
        self._clock = clock

    async def __call__(self, seconds: float = 50) -> dict[Repair, int]:
        """Do what is due, for at most about `seconds`; gives how many repairs of each kind were made.

        Raises:
            Unavailable: the database does not answer.
        """
        repaired: dict[Repair, int] = {}
        await self._resume.all(seconds / 2)
        late: int | None = None
        stop_at = self._clock.now() + timedelta(seconds=seconds)
        while (now := self._clock.now()) < stop_at:
            jobs = await self._jobs.due(now, PAGE)
            late = milliseconds(jobs[0].job.wake_at, now) if jobs and late is None else late
            deliveries = await self._due_also(self._deliveries, now)
            batches = await self._due_also(self._batches, now)
            work = [self._repaired(stored, now) for stored in jobs]
            work += [self._guarded(self._redeliver(stored, now), stored.delivery.job_id) for stored in deliveries]
            work += [self._parent_repaired(stored) for stored in batches]
            repairs = await asyncio.gather(*work)
            for repair in repairs:
                repaired[repair] = repaired.get(repair, 0) + 1
            more = "children_commanded" in repairs or max(len(jobs), len(deliveries), len(batches)) >= PAGE
            if not more or NOTHING_DONE.issuperset(repairs):
                break
        if late is not None:
            event("swept", late_ms=late)  # of the job that had waited longest
        for repair, count in repaired.items():
            event("repaired", repair=repair, count=count)
        return repaired

    async def _guarded(self, work: Coroutine[Any, Any, Repair], job_id: str) -> Repair:
        """One repair; whatever fails in it is due again, and keeps no other from its turn."""
        try:
            return await work
        except (Conflict, OutcomeUnknown):
            return "contended"  # somebody else is at it; if not, it is due again
        except Exception as exc:  # noqa: BLE001 - one job's trouble, whatever it is, is not the others'
            event("not repaired", level=logging.ERROR, error=exc, job_id=job_id)
            return "not_repaired"

    async def _repaired(self, stored: Stored, now: datetime) -> Repair:
        repair = await self._guarded(self._repair(stored, now), stored.job.id)
        if repair == "not_repaired":  # moved on, where it is not yet: else a page of such jobs would hide all others
            later = msgspec.structs.replace(stored.job, wake_at=now + wait_before_next(stored.job, now))
            with contextlib.suppress(DarkroomError):
                await self._write(stored, later)
        return repair

    async def _parent_repaired(self, stored: StoredParent) -> Repair:
        repair = await self._guarded(self._sweep_parents(stored), stored.parent.id)
        if repair == "not_repaired":
            with contextlib.suppress(DarkroomError):
                await self._sweep_parents.postpone(stored)
        return repair

    async def _due_also(self, store: Due[T], now: datetime) -> Sequence[T]:
        """Those that are due; a database that refuses to say keeps no job from its repair."""
        try:
            return await store.due(now, PAGE)
        except DarkroomError as exc:
            event("not looked after", level=logging.ERROR, error=exc, store=type(store).__name__)
            return ()

    async def _repair(self, stored: Stored, now: datetime) -> Repair:
        job = stored.job
        if job.is_over:
            return await self._after_end(stored, now)
        if job.lease and job.held(now):
            await self._write(stored, msgspec.structs.replace(job, wake_at=job.lease.expires_at))
            return "postponed"
        if job.cancel_requested:
            await settle(self._jobs, await self._write(stored, canceled(job, now)))
            await self._parents.child_ended(job)
            return "canceled"
        fate = await self._parents.fate(job)
        if fate == "orphan":
            await self._jobs.discard([stored])
            return "discarded"
        # Moved on first: whoever loses this write need not announce, and a broken announcement is repeated.
        late = job.deadline is not None and job.deadline <= now  # it may be ended, whatever is paused
        if fate == "waits" or (not late and await self._pauses.hold(job)):
            return await self._leave(stored, now)
        await self._write(stored, msgspec.structs.replace(job, wake_at=now + wait_before_next(job, now)))
        await self._queue.announce(job)
        return "lease_expired" if job.lease else "announced"

    async def _after_end(self, stored: Stored, now: datetime) -> Repair:
        if stored.job.outbox:
            return await self._tell(stored, now)
        if stored.job.unsettled:
            await settle(self._jobs, stored)
            return "settled"
        return await self._tidy(stored, now)

    async def _leave(self, stored: Stored, now: datetime) -> Repair:
        """Look at a paused job again, later: whoever resumes finds those that are queued, with their first model."""
        job = stored.job
        found = job.status == "queued" and job.first_provider is None
        again_at = now + (wait_before_next(job, now) if found else ANNOUNCE_AGAIN)
        if job.deadline and job.deadline > now:
            again_at = min(again_at, job.deadline)
        await self._write(stored, msgspec.structs.replace(job, wake_at=again_at))
        return "paused"

    async def _tidy(self, stored: Stored, now: datetime) -> Repair:
        job = stored.job
        if not job.deleted_at and job.expires_at and job.expires_at <= now:
            await self._write(stored, delete(job, now))
            return "expired"
        if lost := await self._unrecorded(job, now):
            for change in lost:
                await self._queue.tell(job.id, change)
            await self._write(stored, msgspec.structs.replace(job, wake_at=now + LONGEST))
            return "told"
        await remove_of_ended(self._images, self._jobs, job)
        if job.deleted_at and not job.purge_at:
            await self._blank_deliveries(job)
            await self._write(stored, tombstone(job, now), await unpublished(self._jobs, job))
            return "buried"
        wake_at = None if job.deleted_at else job.expires_at
        await self._write(stored, msgspec.structs.replace(job, published=(), wake_at=wake_at))
        return "cleaned"

    async def _unrecorded(self, job: Job, now: datetime) -> list[Event]:
        """Events that were published and never recorded for delivery: `notify` could not run, and the broker gave up.

        After three days, which is how long a delivery is tried, they are given up.
        """
        late = now - (job.completed_at or job.updated_at) > TELL_FOR
        if not job.published or job.deleted_at or late:
            return []
        recorded = {stored.delivery.id for stored in await self._deliveries.of_job(job.id, PAGE)}
        return [change for change in job.published if change.event_id not in recorded]

    async def _blank_deliveries(self, job: Job) -> None:
        before: int | None = None
        while page := await self._deliveries.of_job(job.id, PAGE, before):
            for stored in page:
                if stored.delivery.payload:
                    bare = msgspec.structs.replace(blanked(stored.delivery), write_id=fresh_token())
                    await self._deliveries.write(stored, bare)
            before = page[-1].delivery.event.status_sequence

    async def _tell(self, stored: Stored, now: datetime) -> Repair:
        job = stored.job
        published = await publish(self._queue, job)
        moved_on = msgspec.structs.replace(job, wake_at=now + wait_before_next(job, now))
        written = await self._write(stored, without(moved_on, published))
        await settle(self._jobs, written)
        return "told" if published else "not_repaired"

    async def _redeliver(self, stored: StoredDelivery, now: datetime) -> Repair:
        delivery = stored.delivery
        moved_on = msgspec.structs.replace(delivery, wake_at=now + ANNOUNCE_AGAIN, write_id=fresh_token())
        await self._deliveries.write(stored, moved_on)
        await self._queue.tell(delivery.job_id, delivery.event)
        return "redelivered"

    async def _write(self, stored: Stored, job: Job, render: RenderChange | None = None) -> Stored:
        return await self._jobs.write(stored, msgspec.structs.replace(job, write_id=fresh_token()), render)


def wait_before_next(job: Job, now: datetime) -> timedelta:
    """How long until an announcement is repeated: as long as nothing has moved already, 2 minutes to 1 hour.

    So the waits double without being counted. Time before it could move does not count.
    """
    free_at = job.lease.expires_at if job.lease else None
    since = max(filter(None, (job.updated_at, job.not_before, job.next_attempt_at, free_at)))
    return min(max(now - since, ANNOUNCE_AGAIN), LONGEST)
