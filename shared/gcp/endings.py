"""The line of the log that a job's end leaves: everything that is counted of it, once for each entry of the ledger.

An end whose commit was answered is told; of one whose answer was lost, the ledger alone knows.
"""

import logging

from shared.domain.counting import cache_use_of
from shared.domain.job import Job
from shared.domain.ledger import Entry
from shared.domain.times import milliseconds
from shared.telemetry import event


def tell(entry: Entry, job: Job) -> None:
    """Log how the job ended, how long it took and what this run of it may have cost."""
    event(
        "job ended",
        level=logging.ERROR if job.status == "failed" else logging.INFO,
        job_id=job.id,
        workflow_id=job.workflow_id,
        project_id=job.project_id,
        status=job.status,
        job_type=job.job_type,
        lane=job.priority,
        scheduled="yes" if job.not_before else "no",
        attempts=job.attempt_count,
        provider=job.provider,
        model=job.model,
        cache=cache_use_of(job),
        failure_type=entry.failure_type,
        failure=entry.failure_code,
        gave_up=job.gave_up or None,
        queued_ms=entry.queued_ms,
        processing_ms=milliseconds(job.started_at, job.completed_at),
        generating_ms=entry.generating_ms,
        uploading_ms=entry.uploading_ms,
        total_ms=entry.total_ms,
        cost_micros=entry.micros,
        unknown_calls=entry.unknown_calls or None,
        image_cost_micros=[artifact.cost_micros for artifact in job.artifacts] or None,
    )
