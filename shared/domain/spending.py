"""What a job's calls cost: each is booked before it is made, and filled in when its outcome is known."""

import msgspec

from shared.domain.errors import AttemptError
from shared.domain.job import Job, Spend


def booked(job: Job, estimate: int | None) -> tuple[Spend, ...]:
    """The spends with one more call, whose outcome is not known yet; none for an operation that is only asked for."""
    if job.provider_operation and job.spend:
        return job.spend
    return (*job.spend, Spend(attempt=job.attempt_count, estimated_micros=estimate))


def booked_again(job: Job, error: AttemptError) -> Job:
    """The job with one more call like its last, which ended in `error`."""
    spend = (*after(job, error), Spend(attempt=job.attempt_count, estimated_micros=job.spend[-1].estimated_micros))
    # Its readers see a further item of its cost: their ETag is to change with it.
    return msgspec.structs.replace(job, spend=spend, status_sequence=job.status_sequence + 1)


def paid(job: Job, actual: int | None) -> tuple[Spend, ...]:
    """The spends with the last call's price, in micro-USD."""
    return _settled(job, actual)


def after(job: Job, error: AttemptError) -> tuple[Spend, ...]:
    """The spends once the last call ended in `error`; of a lost answer, nothing is known."""
    if error.billed == "unknown":
        return job.spend
    return _settled(job, job.spend[-1].estimated_micros if error.billed == "yes" else 0)


def _settled(job: Job, actual: int | None) -> tuple[Spend, ...]:
    return (*job.spend[:-1], msgspec.structs.replace(job.spend[-1], actual_micros=actual))
