"""What each step of an attempt makes of its job: pure changes, for the hold to write."""

from datetime import datetime

from shared.domain.endings import clean_up_at
from shared.domain.job import Artifact, Job, moved
from shared.domain.spending import booked, paid
from shared.ports import Outcome

PLACEHOLDER = "placeholder"  # the provider


def generating(job: Job, now: datetime, estimate: int | None) -> Job:
    """A call that costs `estimate` micro-USD is about to be made."""
    return moved(job, "generating", now, stage="generating", spend=booked(job, estimate), generating_at=now)


def uploading(job: Job, now: datetime, outcome: Outcome, answered: datetime) -> Job:
    """The provider has `answered`, and that is paid."""
    return moved(
        job,
        "uploading",
        now,
        stage="uploading",
        spend=paid(job, outcome.cost_micros),
        prompt_used=outcome.prompt_used,
        missing=outcome.missing,
        cached=False,  # whatever an earlier attempt copied and lost
        generated_at=answered,
        placeholder=job.provider == PLACEHOLDER,
    )


def reused(job: Job, now: datetime, prompt_used: str | None) -> Job:
    """Another job's images are this job's too, and so is the prompt that they were made of."""
    return moved(
        job,
        "uploading",
        now,
        note="images reused",
        cached=True,
        prompt_used=prompt_used,
        missing=(),  # whatever an earlier attempt lacked
        generated_at=now,
        placeholder=job.provider == PLACEHOLDER,
    )


def completed(job: Job, now: datetime, artifacts: tuple[Artifact, ...]) -> Job:
    """Its images are stored."""
    return moved(
        job,
        "completed",
        now,
        stage="persisting",
        artifacts=artifacts,
        provider_operation=None,  # kept until now: who takes over while it uploads fetches the images, and pays nothing
        failure=None,
        completed_at=now,
        wake_at=clean_up_at(job, now) if job.took_over else None,
    )
