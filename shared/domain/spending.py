"""What a job's calls cost: each is booked before it is made, and filled in when its outcome is known."""

from datetime import datetime

import msgspec

from shared.domain.errors import AttemptError, ProviderError
from shared.domain.job import Job, Spend

MAX_SPENDS = 64  # entries, as far as entries of no cost can go


def booked(job: Job, estimate: int | None) -> tuple[Spend, ...]:
    """The spends with one more call, whose outcome is not known yet; none for an operation that is only asked for."""
    if job.provider_operation and job.spend:
        return job.spend
    return _with(job, job.spend, estimate)


def booked_again(job: Job, error: AttemptError, estimate: int | None, now: datetime) -> Job:
    """The job with one more call, after its last one, which ended in `error`."""
    spend = _with(job, after(job, error), estimate)
    # Its readers see a further item of its cost: their ETag is to change with it.
    return msgspec.structs.replace(job, spend=spend, status_sequence=job.status_sequence + 1, updated_at=now)


def paid(job: Job, actual: int | None) -> tuple[Spend, ...]:
    """The spends with the last call's price, in micro-USD."""
    return _settled(job, actual)


def after(job: Job, error: AttemptError) -> tuple[Spend, ...]:
    """The spends once the last call ended in `error`; of a lost answer, nothing is known."""
    if isinstance(error, ProviderError) and error.cost_micros is not None:
        return _settled(job, error.cost_micros)
    if error.billed == "unknown":
        return job.spend
    return _settled(job, job.spend[-1].estimated_micros if error.billed == "yes" else 0)


def _with(job: Job, spend: tuple[Spend, ...], estimate: int | None) -> tuple[Spend, ...]:
    """The spends with one more; what cost nothing is forgotten first, so that a day of rate limits fits a document."""
    kept = [*spend, Spend(attempt=job.attempt_count, estimated_micros=estimate)]
    while len(kept) > MAX_SPENDS:
        free = next((at for at, call in enumerate(kept) if at >= job.booked and call.actual_micros == 0), None)
        if free is None:
            break
        del kept[free]
    return tuple(kept)


def _settled(job: Job, actual: int | None) -> tuple[Spend, ...]:
    return (*job.spend[:-1], msgspec.structs.replace(job.spend[-1], actual_micros=actual))
