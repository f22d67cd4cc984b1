"""What is left to do when a job has ended: tell of it, and settle what it had reserved. What fails, `sweep` does."""

import logging

import msgspec

from shared.domain.errors import Conflict, OutcomeUnknown, Unavailable
from shared.domain.settlement import settled, settlement_of
from shared.idempotency import MAX_CONTENTION, fresh_token
from shared.ports import JobQueue, JobStore, Stored
from shared.telemetry import event
from shared.use_cases.outbox import publish_last


async def close(jobs: JobStore, queue: JobQueue, stored: Stored) -> None:
    """Publish the open events of a job that has ended, then settle it."""
    stored = await publish_last(jobs, queue, stored)
    try:
        await settle(jobs, stored)
    except Unavailable as exc:
        event("not settled; sweep will", level=logging.WARNING, error=exc, job_id=stored.job.id)


async def settle(jobs: JobStore, stored: Stored) -> Stored:
    """End the job's reservation, where it has ended and that is open; exactly once, whoever tries at the same time.

    Raises:
        Unavailable: the database does not answer, or its accounts are charged by too many.
    """
    job_id = stored.job.id
    for _ in range(MAX_CONTENTION):
        charge = settlement_of(stored.job)
        if charge is None:
            return stored
        wanted = msgspec.structs.replace(settled(stored.job), write_id=fresh_token())
        try:
            return await jobs.write(stored, wanted, charge=charge)
        except (Conflict, OutcomeUnknown):
            found = await jobs.get(job_id)
            if found is None:
                return stored
            stored = found
    raise Unavailable("contended", f"Job {job_id} changes too fast to be settled.", retry_after=1)
