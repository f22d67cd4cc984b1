"""A recorded job is announced; what fails, `sweep` does."""

import logging
from datetime import datetime

from shared.domain.errors import Unavailable
from shared.domain.job import Job
from shared.ports import JobQueue
from shared.telemetry import event


async def announced(queue: JobQueue, job: Job, now: datetime) -> Job:
    """The job, announced where it waits, though perhaps not for the first time."""
    if job.status == "queued" and job.due(now):
        try:
            await queue.announce(job)
        except Unavailable as exc:
            event("not announced; sweep will", level=logging.WARNING, error=exc, job_id=job.id)
    event("job recorded", job_id=job.id, workflow_id=job.workflow_id)
    return job
