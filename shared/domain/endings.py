"""How a job ends short of success; what it may have left in the bucket is looked after an hour later."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from shared.domain.job import Failure, Job, moved

CLEAN_UP_AFTER = timedelta(hours=1)  # a frozen instance may finish an upload late


def canceled(job: Job, now: datetime) -> Job:
    """The job, canceled."""
    return moved(job, "canceled", now, completed_at=now, wake_at=clean_up_at(job, now))


def failed(job: Job, now: datetime, failure: Failure, **changes: Any) -> Job:
    """The job, failed for good."""
    changes |= {"failure": failure, "stage": failure.stage, "gave_up": failure.retryable}
    changes |= {"completed_at": now, "wake_at": clean_up_at(job, now)}
    return moved(job, "failed", now, note=note_of(failure), **changes)


def note_of(failure: Failure) -> str:
    """What the timeline says of it; a lost answer is never passed over."""
    return failure.code + (" (billed: unknown)" if failure.billed == "unknown" else "")


def clean_up_at(job: Job, now: datetime) -> datetime | None:
    """When to look for left-over objects of a job that ends now without images; never, if nobody worked on it."""
    if job.deleted_at:
        return now
    return now + CLEAN_UP_AFTER if job.attempt_count or job.took_over else None


def rest_at(job: Job) -> datetime | None:
    """When `sweep` must look at an ended job of which nothing is open: to clean up, or when it expires.

    And to see that its events have been recorded for delivery.
    """
    ended = job.completed_at or job.updated_at
    clean = job.status == "completed" and not job.took_over and not job.deleted_at
    at = job.expires_at if clean else clean_up_at(job, ended) or job.expires_at
    if not job.published or job.deleted_at:
        return at
    return min(at or datetime.max.replace(tzinfo=UTC), ended + CLEAN_UP_AFTER)


def rested(job: Job) -> Job:
    """The job, looked at again only for that; unless it goes on, or has events to publish or something to settle."""
    if not job.is_over or job.outbox or job.unsettled:
        return job
    return msgspec.structs.replace(job, wake_at=rest_at(job))
