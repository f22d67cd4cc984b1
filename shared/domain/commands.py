"""What a user may do to a job that exists: each rule gives the job after it, or says why not."""

from datetime import datetime, timedelta

import msgspec

from shared.domain.dialect import IDEMPOTENCY_CONFLICT
from shared.domain.endings import canceled
from shared.domain.errors import Rejected
from shared.domain.job import ANNOUNCE_AGAIN, Job, moved
from shared.domain.keyed import TOMBSTONE_FOR
from shared.domain.routes import from_the_first


def cancel(job: Job, now: datetime) -> Job:
    """Canceled at once while queued; later its holder is asked to; canceled already: unchanged.

    Raises:
        Rejected: 409, it has ended otherwise.
    """
    if job.status == "canceled" or job.cancel_requested:
        return job
    if job.is_over:
        raise Rejected(409, "job_finished", f"Job {job.id} is {job.status} already: there is nothing to cancel.")
    if job.status == "queued":
        return canceled(job, now)
    return msgspec.structs.replace(job, cancel_requested=True, status_sequence=job.status_sequence + 1, updated_at=now)


def retry(job: Job, now: datetime) -> Job:
    """Queued again, with all its attempts before it.

    Raises:
        Rejected: 409, it has not failed, or was never to run.
    """
    if job.status != "failed":
        raise Rejected(409, "job_not_failed", f"Job {job.id} is {job.status}; only a failed job can be retried.")
    if job.failure and job.failure.code == IDEMPOTENCY_CONFLICT:
        text = f"The key of job {job.id} was used for another request before: send this one with a new key."
        raise Rejected(409, "job_is_a_conflict", text)
    return moved(
        from_the_first(job),
        "queued",
        now,
        note="retried by a user",
        retry_count=job.retry_count + 1,
        counted_attempts=0,
        cancel_requested=False,
        cache="off",
        failure=None,
        gave_up=False,
        stage="validating",
        deadline=None,  # it was for the first run: this one was asked for later
        not_before=None,
        next_attempt_at=None,
        waiting_for=None,
        queued_at=now,
        tried_since=None,
        started_at=None,
        generating_at=None,
        generated_at=None,
        completed_at=None,
        expires_at=None,
        wake_at=now + ANNOUNCE_AGAIN,
    )


def retry_retryable(job: Job, now: datetime) -> Job:
    """A failed job, queued again where another try may mend it; any other stays as it is."""
    return retry(job, now) if job.status == "failed" and job.failure and job.failure.retryable else job


def redrive(job: Job, now: datetime) -> Job:
    """A dead letter, queued again.

    Raises:
        Rejected: 409, it did not give up.
    """
    if not job.gave_up:
        raise Rejected(409, "not_a_dead_letter", f"Job {job.id} is {job.status} and no dead letter.")
    return retry(job, now)


def delete(job: Job, now: datetime) -> Job:
    """Hidden at once; `sweep` removes what it has as soon as it has ended."""
    if not job.is_over:
        job = cancel(job, now)
    return msgspec.structs.replace(job, deleted_at=now, listed_for=None, gave_up=False, wake_at=now, updated_at=now)


def tombstone(job: Job, now: datetime) -> Job:
    """What stays of a deleted job, so that its key answers 410 and late objects are found: none of its content."""
    return msgspec.structs.replace(
        job,
        prompt="",
        negative_prompt=None,
        prompt_used=None,
        labels={},
        label_terms=(),
        words=(),
        user_id=None,
        workflow_id=None,
        idempotency_key=None,
        webhook=None,
        published=(),
        trace=None,
        missing=(),
        wording=None,
        scenes=(),
        board=None,
        references=(),
        mask=None,
        inputs=(),
        artifacts=(),
        failure=None,
        gave_up=False,
        reservation=None,
        commands=tuple(command for command in job.commands if command.operation == delete.__name__),
        timeline=job.timeline[-1:],
        purge_at=now + TOMBSTONE_FOR,
        wake_at=now + timedelta(hours=1),
    )
