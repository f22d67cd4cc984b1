"""A batch as its client sees it."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from shared.domain.job import Status
from shared.domain.parent import ENDS, FINISHED, UNFINISHED, ItemError, Parent
from shared.use_cases.read_batch import BatchLine, BatchState

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


class BatchSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A batch in a list."""

    id: str
    status: BatchStatus
    idempotency_key: str | None
    workflow_id: str | None
    user_id: str | None
    labels: dict[str, str]
    jobs: int
    counts: BatchCounts | None
    progress: float
    cancel_requested: bool
    created_at: datetime
    queued_at: datetime | None
    completed_at: datetime | None
    updated_at: datetime
    urls: BatchUrls


class BatchView(BatchSummary, frozen=True, kw_only=True):
    """A batch."""

    counts: BatchCounts
    errors: tuple[ItemError, ...]
    cost: BatchCost


class BatchPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of batches, the newest first."""

    batches: tuple[BatchSummary, ...]
    next_page_token: str | None


def batch_view(state: BatchState, base_url: str) -> BatchView:
    """The answer of GET /v1/batches/{id}; `base_url` is what the client calls, without a slash at its end."""
    return BatchView(
        **_common(state.parent, base_url) | _counted(state),
        errors=state.parent.refused,
        cost=BatchCost(
            estimated_micros=state.parent.estimated_micros,
            actual_micros=None if state.spent.unknown_calls else state.spent.micros,
            counted_micros=state.spent.micros,
        ),
    )


def summary(line: BatchLine, base_url: str) -> BatchSummary:
    """One line of GET /v1/batches."""
    counted = _counted(line.state) if line.state else {"counts": None, "status": line.parent.status, "progress": 1.0}
    return BatchSummary(**_common(line.parent, base_url) | counted)


def _common(parent: Parent, base_url: str) -> dict[str, Any]:
    same = {name: getattr(parent, name) for name in BatchSummary.__struct_fields__ if hasattr(parent, name)}
    url = f"{base_url}/v1/batches/{parent.id}"
    urls = BatchUrls(
        self=url,
        jobs=f"{base_url}/v1/jobs?parent_id={parent.id}",
        cancel=f"{url}/cancel",
        retry=f"{url}/retry",
        deliveries=f"{url}/deliveries",
    )
    return {**same, "jobs": parent.children, "urls": urls}


def _counted(state: BatchState) -> dict[str, Any]:
    counts = state.counts
    ended, all_of_them = sum(counts[status] for status in FINISHED), sum(counts.values())
    return {
        "status": _status(state.parent, counts),
        "counts": BatchCounts(**counts),
        "progress": round(ended / all_of_them, 3) if all_of_them else 1.0,
    }


def _status(parent: Parent, counts: dict[Status, int]) -> BatchStatus:
    """By its jobs, too: nobody writes to the batch when its first job begins, or a single one is retried."""
    if any(counts[status] for status in UNFINISHED) or parent.status not in ENDS:
        waits = parent.status == "queued" and counts["queued"] == sum(counts.values())
        return "queued" if waits else "running"
    return parent.status  # type: ignore[return-value]
