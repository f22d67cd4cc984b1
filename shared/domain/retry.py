"""What follows a failed attempt: another one, later, or the end."""

from datetime import datetime, timedelta
from random import uniform

from shared.domain import spending
from shared.domain.endings import failed, note_of
from shared.domain.errors import RETRYABLE, AttemptError, AwaitsCallback, ProviderError, ShutDown
from shared.domain.job import Failure, Job, Stage, moved

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=10)
MAX_MESSAGE = 2000  # characters of a reason that another side gave: a document has its bounds
PATIENCE = timedelta(hours=24)  # of a job whose attempts do not count
LOOK_AGAIN = timedelta(minutes=1)  # a callback may be lost


def backoff(attempt: int, retry_after: float | None = None) -> timedelta:
    """The wait before the attempt after `attempt` (from 1): 5 s, doubling, at most 10 minutes, with jitter.

    Never shorter than what the other side asked for (`retry_after`, in seconds).
    """
    wait: timedelta = min(FIRST_WAIT * 2 ** min(attempt - 1, 16), LONGEST_WAIT)
    wait *= uniform(0.75, 1.25)  # noqa: S311 - jitter is no secret
    return max(wait, timedelta(seconds=retry_after or 0))


def given_up_or_queued(job: Job, now: datetime, error: AttemptError, stage: Stage, max_attempts: int) -> Job:
    """The job after `error`: queued for another attempt where that may help, else failed.

    A rate limit, a wait for a callback, and any other error that does not count use up no attempt; they are bounded by
    the job's deadline or 24 hours.
    """
    # What it waited before its first attempt, in a pause of days say, is no fault of the model's.
    last_moment = job.deadline or (job.tried_since or job.queued_at) + PATIENCE
    if isinstance(error, AwaitsCallback) and now < last_moment:
        return _awaiting(job, now, stage, wake_at=min(now + LOOK_AGAIN, last_moment))
    gone = isinstance(error, ShutDown)
    counted = job.counted_attempts - (not error.counts or error.kind == "RATE_LIMIT")
    again_at = now if gone else now + backoff(max(job.counted_attempts, 1), error.retry_after)
    again = error.kind in RETRYABLE and counted < max_attempts and again_at <= last_moment
    failure = Failure(
        type=error.kind,
        stage=stage,
        code=error.code,
        message=error.message[:MAX_MESSAGE],
        retryable=error.kind in RETRYABLE,
        billed=error.billed,
        safety=error.safety if isinstance(error, ProviderError) else None,
    )
    spend = spending.after(job, error) if stage == "generating" else job.spend
    # What went wrong before or after the call says nothing of the operation: it is there to be asked for again.
    operation = job.provider_operation if error.keeps_operation or stage != "generating" else None
    if not again:
        return failed(job, now, failure, spend=spend, provider_operation=None)
    return moved(
        job,
        "queued",
        now,
        note=note_of(failure),
        counted_attempts=counted,
        next_attempt_at=again_at,
        wake_at=again_at,
        failure=failure,
        stage=stage,
        spend=spend,
        provider_operation=operation,
    )


def _awaiting(job: Job, now: datetime, stage: Stage, wake_at: datetime) -> Job:
    """Given back as if it had not been claimed; without `next_attempt_at`, for the callback may come at any moment."""
    return moved(
        job,
        "queued",
        now,
        note="waits for the provider's callback",
        attempt_count=job.attempt_count - 1,
        counted_attempts=job.counted_attempts - 1,
        wake_at=wake_at,
        stage=stage,
    )
