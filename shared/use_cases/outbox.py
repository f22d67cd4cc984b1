"""Events written with a change are published after it; what was published is taken out by a later write."""

import logging

import msgspec

from shared.domain.errors import Conflict, OutcomeUnknown, Unavailable
from shared.domain.job import Job
from shared.domain.outbox import without
from shared.idempotency import fresh_token
from shared.ports import JobQueue, JobStore, Stored
from shared.telemetry import event


async def publish(queue: JobQueue, job: Job) -> frozenset[str]:
    """Publish the job's open events, in order; gives the ids of those that are out.

    The first that cannot be published holds the later ones back: `sweep` comes again.
    """
    out = set()
    for change in job.outbox:
        try:
            await queue.tell(job.id, change)
        except Unavailable as exc:
            event("event not published; sweep will", level=logging.WARNING, error=exc, job_id=job.id)
            break
        out.add(change.event_id)
    return frozenset(out)


async def publish_last(jobs: JobStore, queue: JobQueue, stored: Stored) -> Stored:
    """Publish the open events of a job that nobody holds, and take them out; another's write wins.

    Gives the job as it was last written or read.
    """
    if not stored.job.outbox:
        return stored
    published = await publish(queue, stored.job)
    if not published:
        return stored
    wanted = msgspec.structs.replace(without(stored.job, published), write_id=fresh_token())
    try:
        return await jobs.write(stored, wanted)
    except (Conflict, OutcomeUnknown, Unavailable) as exc:
        event("events not taken out; sweep will", job_id=stored.job.id, reason=str(exc))
    return stored
