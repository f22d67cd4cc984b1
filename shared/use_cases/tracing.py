"""What a span says of a job: nothing that a user wrote."""

from shared.domain.job import Job
from shared.telemetry import Attributes, Recording


def begun(job: Job) -> Attributes:
    """Of an attempt that begins."""
    return {
        "darkroom.job_id": job.id,
        "darkroom.job_type": job.job_type,
        "darkroom.attempt": job.attempt_count,
        "darkroom.provider": job.provider,
        "gen_ai.request.model": job.model,
    }


def outcome_of(attempt: Recording, job: Job) -> None:
    """Tell how an attempt ended."""
    attempt.set({
        "darkroom.status": job.status,
        "darkroom.cached": job.cached or None,
        "darkroom.cost_micros": job.actual_micros,
        "gen_ai.response.model": job.model if job.artifacts else None,
    })  # fmt: skip
    if job.failure:
        attempt.set({"darkroom.failure": job.failure.code})
        attempt.fail(job.failure.code)
