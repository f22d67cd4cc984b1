"""A job that goes on with another model than it began with, and the way back."""

from datetime import datetime

import msgspec

from shared.domain.errors import AttemptError
from shared.domain.job import Job, moved
from shared.domain.spending import after


def goes_on(job: Job, now: datetime, *, provider: str, model: str, note: str, error: AttemptError | None) -> Job:
    """The held job under another model, after a call that ended in `error`; None: no call was booked.

    What its calls cost so far stays booked.
    """
    return moved(
        job,
        "processing",
        now,
        note=note,
        provider=provider,
        model=model,
        first_provider=job.first_provider or job.provider,
        first_model=job.first_model or job.model,
        spend=after(job, error) if error else job.spend,
        provider_operation=None,
        stage="validating",
        generating_at=None,
    )


def from_the_first(job: Job) -> Job:
    """The job as a new attempt begins it: with its first model, but where an operation of another is under way."""
    if job.first_provider is None or job.first_model is None or job.provider_operation:
        return job
    return msgspec.structs.replace(
        job, provider=job.first_provider, model=job.first_model, first_provider=None, first_model=None
    )
