"""Events are written with the change they tell of, published after it, and taken out by a later write."""

import msgspec

from shared.domain.endings import rested
from shared.domain.job import Job

MAX_PUBLISHED = 16


def without(job: Job, published: frozenset[str]) -> Job:
    """The job without these events; an ended one then rests, unless others are open, or it is to be settled."""
    if not published:
        return job
    out = tuple(change for change in job.outbox if change.event_id in published)
    left = tuple(change for change in job.outbox if change.event_id not in published)
    return rested(msgspec.structs.replace(job, outbox=left, published=(*job.published, *out)[-MAX_PUBLISHED:]))
