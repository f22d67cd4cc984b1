"""What the API answers, as values. What this version does not know of is in `raw`, as it came."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

RUNNING = frozenset({"queued", "processing", "generating", "uploading"})
ENDED = frozenset({"completed", "failed", "canceled"})
Raw = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Safety:
    """What a safety filter said."""

    filtered: str  # `prompt` or `image`: what it looked at
    categories: tuple[str, ...]  # such as `violence`; empty: the model does not say


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why a job, or its last attempt, ended without its images."""

    type: str  # TEMPORARY, RATE_LIMIT, PERMANENT, AUTH_ERROR or UNKNOWN
    stage: str
    code: str  # stable, such as `safety_blocked`
    message: str
    retryable: bool
    billed: str  # yes, no or unknown
    safety: Safety | None


@dataclass(frozen=True, kw_only=True)
class Image:
    """One image of a job. What `images` gives has its bytes, or where they were saved."""

    job_id: str
    index: int
    url: str  # the deployment's own, which needs the key
    uri: str  # where it lies in the bucket
    sha256: str  # hex
    mime_type: str
    width: int  # pixels
    height: int
    size: int  # bytes
    seed: int | None
    cost_micros: int | None  # micro-USD; None: unknown
    raw: Raw = field(repr=False, hash=False)
    content: bytes | None = field(default=None, repr=False)
    path: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Job:
    """A job as it was when it was asked for."""

    id: str
    status: str  # one of RUNNING or ENDED, or one that this version does not know
    status_sequence: int  # rises by one at each change
    stage: str
    progress: float  # 0 to 1
    queue_position: int | None
    prompt: str
    model: str
    labels: Mapping[str, str] = field(hash=False)
    images: tuple[Image, ...]
    failure: Failure | None
    estimated_micros: int | None  # micro-USD; None: unknown
    actual_micros: int | None
    attempt_count: int
    cancel_requested: bool
    idempotency_key: str | None
    created_at: datetime | None
    completed_at: datetime | None
    replayed: bool = False  # the idempotency key had asked for it before
    settled: bool = False  # the deployment says that nothing is left to tell of it
    raw: Raw = field(repr=False, hash=False)

    @property
    def ended(self) -> bool:
        """Whether nothing more happens to it by itself.

        A state that this version does not know is an end where the job says when it ended, or that all is done; where
        it says neither, `wait` and `stream` ask the deployment whether anything is left to tell.
        """
        if self.is_known:
            return self.status in ENDED
        return self.settled or self.completed_at is not None or self.progress >= 1

    @property
    def is_known(self) -> bool:
        """Whether this version knows the state that it is in."""
        return self.status in RUNNING or self.status in ENDED


@dataclass(frozen=True, kw_only=True)
class Batch:
    """A batch as it was when it was asked for; `list(parent_id=batch.id)` are its jobs."""

    id: str
    status: str  # queued, running, completed, completed_with_failures, failed, canceled, or an unknown one
    jobs: int  # how many
    counts: Mapping[str, int] = field(hash=False)  # by their status
    progress: float  # 0 to 1
    errors: tuple[Raw, ...] = field(hash=False)  # the items that are no jobs, and why
    estimated_micros: int | None
    actual_micros: int | None
    idempotency_key: str | None
    completed_at: datetime | None
    replayed: bool = False
    raw: Raw = field(repr=False, hash=False)

    @property
    def ended(self) -> bool:
        """Whether all of its jobs have ended."""
        return self.status not in {"queued", "running"} and (self.completed_at is not None or self.progress >= 1)
