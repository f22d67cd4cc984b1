"""What was spent, one entry for each time a job ends; written in the very commit that ends it, so never twice.

`ledger/{job_id}_{booked}`: documents of their own, so that no counter is fought over; a total is a sum over them.
"""

from datetime import datetime

import msgspec

from shared.domain.job import Job


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """The paid calls of one run of a job: `micros` in micro-USD, where a lost answer counts at its estimate."""

    id: str
    tenant: str
    job_id: str
    project_id: str | None
    user_id: str | None
    job_type: str
    provider: str
    model: str
    day: str  # UTC, such as 2026-11-21
    at: datetime
    calls: int
    micros: int
    unknown_calls: int  # of `calls`, those whose answer was lost, or whose price nobody knows


def entry_of(before: Job, after: Job) -> Entry | None:
    """What the change from `before` to `after` books; None where it ends no run that called anybody."""
    calls = after.spend[before.booked : after.booked]
    if not calls:
        return None
    return Entry(
        id=f"{after.id}_{after.booked}",
        tenant=after.tenant,
        job_id=after.id,
        project_id=after.project_id,
        user_id=after.user_id,
        job_type=after.job_type,
        provider=after.provider,
        model=after.model,
        day=after.updated_at.date().isoformat(),
        at=after.updated_at,
        calls=len(calls),
        micros=sum(call.counted_micros for call in calls),
        unknown_calls=sum(call.actual_micros is None for call in calls),
    )
