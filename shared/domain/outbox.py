"""Events are written with the change they tell of, published after it, and taken out by a later write."""

import msgspec

from shared.domain.endings import rest_at
from shared.domain.job import Job


def without(job: Job, published: frozenset[str]) -> Job:
    """The job without these events; an ended one then rests, unless others are open."""
    if not published:
        return job
    left = tuple(change for change in job.outbox if change.event_id not in published)
    wake_at = rest_at(job) if job.is_over and not left else job.wake_at
    return msgspec.structs.replace(job, outbox=left, wake_at=wake_at)
