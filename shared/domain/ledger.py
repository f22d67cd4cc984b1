"""How jobs ended and what they spent: an entry for each end, written in the very commit that ends the job.

`ledger/{job_id}_{status_sequence}`: documents of their own, so that no counter is fought over; a total is a sum over
them. An entry stays when its job is deleted: it says nothing of the job's content.
"""

from datetime import datetime

import msgspec

from shared.domain.errors import FailureType
from shared.domain.job import Job, Stage, Status
from shared.domain.times import milliseconds


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One run of a job: `micros` in micro-USD, where a lost answer counts at its estimate."""

    id: str
    tenant: str
    job_id: str
    parent_id: str | None = None
    project_id: str | None = None
    user_id: str | None = None
    job_type: str
    provider: str
    model: str
    at: datetime
    status: Status
    failure_type: FailureType | None = None
    failure_stage: Stage | None = None
    failure_code: str | None = None
    images: int = 0
    cached: bool = False
    placeholder: bool = False
    calls: int = 0
    micros: int = 0
    unknown_calls: int = 0  # of `calls`, those whose answer was lost, or whose price nobody knows
    queued_ms: int | None = None
    generating_ms: int | None = None
    uploading_ms: int | None = None
    total_ms: int | None = None  # since the run was asked for

    @property
    def day(self) -> str:
        """In UTC, such as 2026-11-21."""
        return self.at.date().isoformat()


def entry_of(before: Job, after: Job) -> Entry | None:
    """What the change from `before` to `after` books; None where it ends nothing."""
    if not after.is_over or before.is_over:
        return None
    calls = after.spend[before.booked : after.booked]
    failure = after.failure if after.status == "failed" else None
    return Entry(
        id=f"{after.id}_{after.status_sequence}",
        tenant=after.tenant,
        job_id=after.id,
        parent_id=after.parent_id,
        project_id=after.project_id,
        user_id=after.user_id,
        job_type=after.job_type,
        provider=after.provider,
        model=after.model,
        at=after.updated_at,
        status=after.status,
        failure_type=failure.type if failure else None,
        failure_stage=failure.stage if failure else None,
        failure_code=failure.code if failure else None,
        images=len(after.artifacts),
        cached=after.cached,
        placeholder=after.placeholder,
        calls=len(calls),
        micros=sum(call.counted_micros for call in calls),
        unknown_calls=sum(call.actual_micros is None for call in calls),
        queued_ms=milliseconds(after.queued_at, after.started_at),
        generating_ms=milliseconds(after.generating_at, after.generated_at),
        uploading_ms=milliseconds(after.generated_at, after.completed_at) if after.artifacts else None,
        total_ms=milliseconds(after.queued_at, after.completed_at),
    )
