"""What a caller may see of a batch: how many of its jobs are where, and what they have spent."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from shared.domain.errors import Rejected
from shared.domain.ids import is_job_id
from shared.domain.job import Status
from shared.domain.parent import FINISHED, UNFINISHED, Parent, ParentKind
from shared.ports import JobStore, Ledger, ParentStore, Position, StoredParent
from shared.ports.ledger import Sum

READS_AT_ONCE = 4  # batches: each is a count of every status


class BatchState(NamedTuple):
    """A batch, its jobs by status, and what those that have ended spent."""

    parent: Parent
    counts: dict[Status, int]
    spent: Sum


class BatchLine(NamedTuple):
    """A batch in a list."""

    parent: Parent
    state: BatchState | None = None  # None: it rests, and how it ended says the parent


def just_queued(parent: Parent) -> BatchState:
    """A batch of which nothing has begun."""
    return BatchState(parent, dict.fromkeys((*UNFINISHED, *FINISHED), 0) | {"queued": parent.children}, Sum(0, 0))


class ReadBatch:
    """GET /v1/batches/{id}."""

    def __init__(self, jobs: JobStore, batches: ParentStore, ledger: Ledger) -> None:
        self._jobs = jobs
        self._batches = batches
        self._ledger = ledger

    async def __call__(self, tenant: str, batch_id: str) -> BatchState:
        """The batch by its id.

        Raises:
            Rejected: 404, also for another tenant's.
            Unavailable: the database does not answer.
        """
        stored = await own_batch(self._batches, tenant, batch_id)
        return await self.state(stored.parent)

    async def page(self, tenant: str, size: int, after: Position | None) -> tuple[list[BatchLine], Position | None]:
        """Batches, the newest first, and where the next page begins; those that go on, with their counts.

        Those that were never answered are left out, so that a page may have fewer than `size`.

        Raises:
            Unavailable: the database does not answer.
        """
        found = [stored.parent for stored in await self._batches.page(tenant, "batch", size + 1, after)]
        page, turns = found[:size], asyncio.Semaphore(READS_AT_ONCE)

        async def line(parent: Parent) -> BatchLine:
            if parent.is_over and parent.wake_at is None:
                return BatchLine(parent)
            async with turns:
                return BatchLine(parent, await self.state(parent))

        end = Position(page[-1].created_at, page[-1].id) if len(found) > size else None
        return list(await asyncio.gather(*(line(parent) for parent in page if parent.was_answered))), end

    async def state(self, parent: Parent) -> BatchState:
        """How it stands; all of it is counted by the database, first the jobs: of those that have ended, the sum knows.

        Raises:
            Unavailable: the database does not answer.
        """
        counts = await counted(self._jobs, parent, (*UNFINISHED, *FINISHED))
        return BatchState(parent, counts, await self._ledger.of_parent(parent.tenant, parent.id))


async def counted(jobs: JobStore, parent: Parent, statuses: Sequence[Status]) -> dict[Status, int]:
    """How many of a parent's jobs have each of these statuses.

    Raises:
        Unavailable: the database does not answer.
    """
    counts = await asyncio.gather(*(jobs.count(parent.tenant, parent.id, [status]) for status in statuses))
    return dict(zip(statuses, counts, strict=True))


async def own_batch(batches: ParentStore, tenant: str, batch_id: str, kind: ParentKind = "batch") -> StoredParent:
    """The batch of that id, or the parent of another kind, where it is this tenant's.

    Raises:
        Rejected: 404, also for another tenant's, and for one that was never answered.
        Unavailable: the database does not answer.
    """
    stored = await batches.get(batch_id) if is_job_id(batch_id) else None
    if stored is None or (stored.parent.tenant, stored.parent.kind) != (tenant, kind) or not stored.parent.was_answered:
        raise Rejected(404, "batch_not_found", f"There is no {kind} {batch_id}.")
    return stored
