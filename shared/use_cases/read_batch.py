"""What a caller may see of a batch: how many of its jobs are where, and what they have spent."""

import asyncio
from typing import NamedTuple

from shared.domain.job import Status
from shared.domain.parent import FINISHED, UNFINISHED, Parent
from shared.ports import JobStore, Ledger, ParentStore
from shared.ports.ledger import Sum
from shared.use_cases.parents import counted, own_batch


class BatchState(NamedTuple):
    """A batch, its jobs by status, and what those that have ended spent."""

    parent: Parent
    counts: dict[Status, int]
    spent: Sum


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

    async def state(self, parent: Parent) -> BatchState:
        """How it stands; all of it is counted by the database.

        Raises:
            Unavailable: the database does not answer.
        """
        counts, spent = await asyncio.gather(
            counted(self._jobs, parent, (*UNFINISHED, *FINISHED)),
            self._ledger.of_parent(parent.tenant, parent.id),
        )
        return BatchState(parent, counts, spent)
