"""A batch as its client sees it."""

from datetime import datetime
from typing import Literal

import msgspec

from shared.domain.job import Status
from shared.domain.parent import ENDS, FINISHED, UNFINISHED, ItemError, Parent
from shared.use_cases.read_batch import BatchState

BatchStatus = Literal["queued", "running", "completed", "completed_with_failures", "failed", "canceled"]


class BatchCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many of the batch's jobs are in each status."""

    queued: int
    processing: int
    generating: int
    uploading: int
    completed: int
    failed: int
    canceled: int


class BatchCost(msgspec.Struct, frozen=True, kw_only=True):
    """What the batch costs, in micro-USD."""

    currency: str = "USD"
    estimated_micros: int | None
    actual_micros: int | None
    counted_micros: int


class BatchUrls(msgspec.Struct, frozen=True, kw_only=True):
    """A batch's own addresses."""

    self: str
    jobs: str
    cancel: str
    retry: str
    deliveries: str


class BatchView(msgspec.Struct, frozen=True, kw_only=True):
    """A batch."""

    id: str
    status: BatchStatus
    idempotency_key: str | None
    workflow_id: str | None
    user_id: str | None
    labels: dict[str, str]
    jobs: int
    counts: BatchCounts
    progress: float
    errors: tuple[ItemError, ...]
    cost: BatchCost
    cancel_requested: bool
    created_at: datetime
    queued_at: datetime | None
    completed_at: datetime | None
    updated_at: datetime
    urls: BatchUrls


def batch_view(state: BatchState, base_url: str) -> BatchView:
    """The answer of GET /v1/batches/{id}; `base_url` is what the client calls, without a slash at its end."""
    parent, counts = state.parent, state.counts
    url = f"{base_url}/v1/batches/{parent.id}"
    ended, all_of_them = sum(counts[status] for status in FINISHED), sum(counts.values())
    return BatchView(
        id=parent.id,
        status=_status(parent, counts),
        idempotency_key=parent.idempotency_key,
        workflow_id=parent.workflow_id,
        user_id=parent.user_id,
        labels=parent.labels,
        jobs=parent.children,
        counts=BatchCounts(**counts),
        progress=round(ended / all_of_them, 3) if all_of_them else 1.0,
        errors=parent.refused,
        cost=BatchCost(
            estimated_micros=parent.estimated_micros,
            actual_micros=None if state.spent.unknown_calls else state.spent.micros,
            counted_micros=state.spent.micros,
        ),
        cancel_requested=parent.cancel_requested,
        created_at=parent.created_at,
        queued_at=parent.queued_at,
        completed_at=parent.completed_at,
        updated_at=parent.updated_at,
        urls=BatchUrls(
            self=url,
            jobs=f"{base_url}/v1/jobs?parent_id={parent.id}",
            cancel=f"{url}/cancel",
            retry=f"{url}/retry",
            deliveries=f"{url}/deliveries",
        ),
    )


def _status(parent: Parent, counts: dict[Status, int]) -> BatchStatus:
    """By its jobs, too: nobody writes to the batch when its first job begins, or a single one is retried."""
    if any(counts[status] for status in UNFINISHED) or parent.status not in ENDS:
        waits = parent.status == "queued" and counts["queued"] == sum(counts.values())
        return "queued" if waits else "running"
    return parent.status  # type: ignore[return-value]
