"""What the API answers, as values. What this version does not know of is in `raw`, as it came."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from .errors import NotDarkroom

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


def job_of(raw: object, *, replayed: bool = False) -> Job:
    """The job that an answer is.

    Raises:
        NotDarkroom: it is none.
    """
    told = _object(raw, "job")
    cost = _part(told, "cost")
    return Job(
        id=str(told["id"]),
        status=str(told["status"]),
        status_sequence=_whole(told.get("status_sequence")) or 0,
        stage=_text(told, "stage"),
        progress=_share(told.get("progress")),
        queue_position=_whole(told.get("queue_position")),
        prompt=_text(told, "prompt"),
        model=_text(told, "model"),
        labels=_part(told, "labels"),
        images=tuple(image_of(str(told["id"]), each) for each in _objects(told.get("images"))),
        failure=_failure(told.get("failure")),
        estimated_micros=_whole(cost.get("estimated_micros")),
        actual_micros=_whole(cost.get("actual_micros")),
        attempt_count=_whole(told.get("attempt_count")) or 0,
        cancel_requested=bool(told.get("cancel_requested")),
        idempotency_key=told.get("idempotency_key"),
        created_at=_moment(told.get("created_at")),
        completed_at=_moment(told.get("completed_at")),
        replayed=replayed,
        raw=told,
    )


def batch_of(raw: object, *, replayed: bool = False) -> Batch:
    """The batch that an answer is.

    Raises:
        NotDarkroom: it is none.
    """
    told = _object(raw, "batch")
    cost = _part(told, "cost")
    return Batch(
        id=str(told["id"]),
        status=str(told["status"]),
        jobs=_whole(told.get("jobs")) or 0,
        counts=_part(told, "counts"),
        progress=_share(told.get("progress")),
        errors=tuple(_objects(told.get("errors"))),
        estimated_micros=_whole(cost.get("estimated_micros")),
        actual_micros=_whole(cost.get("actual_micros")),
        idempotency_key=told.get("idempotency_key"),
        completed_at=_moment(told.get("completed_at")),
        replayed=replayed,
        raw=told,
    )


def image_of(job_id: str, told: Raw) -> Image:
    """The image that a part of an answer is; `index` may be missing in what lies beside one."""
    return Image(
        job_id=job_id,
        index=_whole(told.get("index")) or 0,
        url=_text(told, "url"),
        uri=_text(told, "uri"),
        sha256=_text(told, "sha256"),
        mime_type=_text(told, "mime_type"),
        width=_whole(told.get("width")) or 0,
        height=_whole(told.get("height")) or 0,
        size=_whole(told.get("bytes")) or 0,
        seed=_whole(told.get("seed")),
        cost_micros=_whole(told.get("cost_micros")),
        raw=told,
    )


def _failure(told: object) -> Failure | None:
    if not isinstance(told, dict):
        return None
    return Failure(
        type=_text(told, "type"),
        stage=_text(told, "stage"),
        code=_text(told, "code"),
        message=_text(told, "message"),
        retryable=bool(told.get("retryable")),
        billed=_text(told, "billed"),
        safety=_safety(told.get("safety")),
    )


def _safety(told: object) -> Safety | None:
    if not isinstance(told, dict):
        return None
    categories = told.get("categories")
    return Safety(
        filtered=_text(told, "filtered"),
        categories=tuple(map(str, categories)) if isinstance(categories, list) else (),
    )


def _object(raw: object, what: str) -> Raw:
    if isinstance(raw, dict) and {"id", "status"} <= raw.keys():
        return raw
    text = f"what should be a {what} is {str(raw)[:80]!r}"
    raise NotDarkroom(text, "Use the darkroom of the deployment's version, and check its address (DARKROOM_URL).")


def _objects(told: object) -> list[Raw]:
    return [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []


def _part(told: Raw, name: str) -> Raw:
    found = told.get(name)
    return found if isinstance(found, dict) else {}


def _text(told: Raw, name: str) -> str:
    found = told.get(name)
    return found if isinstance(found, str) else ""


def _whole(told: object) -> int | None:
    return told if isinstance(told, int) and not isinstance(told, bool) else None


def _share(told: object) -> float:
    return float(told) if isinstance(told, int | float) else 0.0


def _moment(told: object) -> datetime | None:
    try:
        return datetime.fromisoformat(told) if isinstance(told, str) else None
    except ValueError:
        return None
