"""Parents that are due: one half recorded is taken back, the others' children are announced, commanded, closed."""

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from shared.domain.accounts import Charge
from shared.domain.charges import releasing
from shared.domain.job import ANNOUNCE_AGAIN
from shared.domain.listing import Listing
from shared.domain.parent import LOOK_AGAIN, UNFINISHED, Parent, abandoned, changed, queued, told
from shared.idempotency import fresh_token
from shared.ports import Clock, DeliveryStore, JobQueue, JobStore, ParentStore, Position, StoredParent, Stores, Tenants
from shared.use_cases.carry_out import CarryOut
from shared.use_cases.command import CommandJob
from shared.use_cases.parents import Parents, tell

PAGE = 200  # children
LONGEST = timedelta(hours=1)
ParentRepair = Literal[
    "parent_removed", "parent_ended", "parent_told", "children_announced", "children_commanded", "looked_after"
]  # fmt: skip


class SweepParents:
    """One parent at a time; safe to run twice at once."""

    def __init__(
        self,
        jobs: JobStore,
        parents: ParentStore,
        deliveries: DeliveryStore,
        queue: JobQueue,
        clock: Clock,
        *,
        carry_out: CarryOut,
        of_parents: Parents,
    ) -> None:
        self._jobs = jobs
        self._parents = parents
        self._deliveries = deliveries
        self._queue = queue
        self._clock = clock
        self._carry_out = carry_out
        self._of_parents = of_parents

    async def __call__(self, stored: StoredParent) -> ParentRepair:
        """Do what is due for a parent.

        Raises:
            Conflict, OutcomeUnknown: somebody else is at it.
            Unavailable: the database or the broker does not answer.
        """
        if not stored.parent.was_answered:
            return await self._of_board(stored) or await self._take_back(stored)
        if stored.parent.pages:
            await self._carry_out.page(stored)
            return "children_commanded"
        if stored.parent.is_over and stored.parent.outbox:
            return await self._tell(stored)
        now = await self._of_parents.end_if_over(stored)
        return "parent_ended" if now is not stored else await self._look_after(stored)

    async def postpone(self, stored: StoredParent) -> None:
        """Come again later to a parent that nothing could be done for, where it is not moved on yet.

        Raises:
            Conflict, OutcomeUnknown, Unavailable: as ParentStore.write.
        """
        again_at = self._clock.now() + wait_before_next(stored.parent, self._clock.now())
        await self._write(stored, msgspec.structs.replace(stored.parent, wake_at=again_at))

    async def _tell(self, stored: StoredParent) -> ParentRepair:
        """Tell again what nobody has recorded for delivery; then a parent that has ended rests."""
        parent = stored.parent
        ids = [change.event_id for change in parent.outbox]
        recorded = {found.delivery.id for each in ids if (found := await self._deliveries.get(each))}
        now = self._clock.now()
        after = told(parent, recorded, now)
        if after.wake_at is None:
            after = msgspec.structs.replace(after, wake_at=await self._look_at(parent, now))
        written = await self._write(stored, after)
        await tell(self._queue, written.parent)
        return "parent_told"

    async def _of_board(self, stored: StoredParent) -> ParentRepair | None:
        """A storyboard was answered as a job: its pictures begin once that is completed, and are kept until then.

        None where they are to be taken back: for what is no storyboard, and where its job failed.
        """
        parent, now = stored.parent, self._clock.now()
        found = await self._jobs.get(parent.id) if parent.kind == "storyboard" else None
        if found is None or parent.status == "abandoned" or found.job.status in {"failed", "canceled"}:
            return None
        if found.job.status != "completed":
            await self._write(stored, msgspec.structs.replace(parent, wake_at=now + LOOK_AGAIN))
            return "looked_after"
        await self._write(stored, queued(parent, now))
        await self._announce(parent, now)
        return "children_announced"

    async def _take_back(self, stored: StoredParent) -> ParentRepair:
        """Remove a parent whose recording nobody finishes: from the first write on, nobody can."""
        parent = stored.parent
        if parent.status == "recording":
            charge = releasing(parent.reservations) or None
            stored = await self._write(stored, abandoned(parent, self._clock.now()), charge)
        own = Listing(where={"parent_id": parent.id})
        while children := await self._jobs.page(parent.tenant, own, PAGE):
            await self._jobs.discard(children)
        await self._parents.remove(stored)
        return "parent_removed"

    async def _look_after(self, stored: StoredParent) -> ParentRepair:
        """Come again later; while no child has begun, announce them: whoever recorded them may not have done so."""
        parent, now = stored.parent, self._clock.now()
        if parent.is_over:
            await self._write(stored, msgspec.structs.replace(parent, wake_at=await self._look_at(parent, now)))
            return "looked_after"
        waiting = await self._jobs.count(parent.tenant, parent.id, ["queued"])
        if parent.status == "queued" and waiting == parent.children:
            await self._write(stored, msgspec.structs.replace(parent, wake_at=now + wait_before_next(parent, now)))
            await self._announce(parent, now)
            return "children_announced"
        running = changed(parent, "running", now) if parent.status == "queued" else parent
        await self._write(stored, msgspec.structs.replace(running, wake_at=now + LOOK_AGAIN))
        return "looked_after"

    async def _look_at(self, parent: Parent, now: datetime) -> datetime | None:
        """When to look at one that has ended: a job of it that was retried by itself may go on; else never."""
        return now + LOOK_AGAIN if await self._jobs.count(parent.tenant, parent.id, UNFINISHED) else None

    async def _announce(self, parent: Parent, now: datetime) -> None:
        waiting = Listing(where={"parent_id": parent.id, "status": "queued"})
        after: Position | None = None
        while page := [found.job for found in await self._jobs.page(parent.tenant, waiting, PAGE, after)]:
            await self._queue.announce_all([child for child in page if child.due(now)])
            after = Position(page[-1].created_at, page[-1].id)

    async def _write(self, stored: StoredParent, parent: Parent, charge: Charge | None = None) -> StoredParent:
        wanted = msgspec.structs.replace(parent, write_id=fresh_token())
        return await self._parents.write(stored, wanted, charge)


def wait_before_next(parent: Parent, now: datetime) -> timedelta:
    """How long until the children are announced again: as for a job, as long as nothing has moved already."""
    return min(max(now - parent.updated_at, ANNOUNCE_AGAIN), LONGEST)


def sweep_parents_of(
    stores: Stores, queue: JobQueue, clock: Clock, tenants: Tenants, of_parents: Parents
) -> SweepParents:
    """What sweeps batches."""
    command = CommandJob(stores.jobs, queue, tenants, clock)
    carry_out = CarryOut(stores.jobs, stores.batches, clock, command=command, of_parents=of_parents)
    world = (stores.jobs, stores.batches, stores.deliveries, queue, clock)
    return SweepParents(*world, carry_out=carry_out, of_parents=of_parents)
