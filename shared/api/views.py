"""A job as it is sent. A field that is listed here is the caller's to know; nothing else is handed out."""

from datetime import datetime

import msgspec

from shared.domain.inputs import Reference, Source
from shared.domain.job import Failure, Moment, Spend, Stage, Status
from shared.domain.missing import Missing
from shared.domain.request import Cache, Fit, ImageSize, JobType, MimeType, Priority, ProviderOptions


class StoredImageView(msgspec.Struct, frozen=True, kw_only=True):
    """What lies beside an image: the provider's own bytes, or a thumbnail."""

    url: str
    uri: str
    sha256: str
    mime_type: str
    width: int
    height: int
    bytes: int


class ImageView(StoredImageView, frozen=True, kw_only=True):
    """One image of a job."""

    index: int
    seed: int | None
    cost_micros: int | None
    original: StoredImageView | None
    thumbnail: StoredImageView | None
    problem: str | None


class Timings(msgspec.Struct, frozen=True, kw_only=True):
    """Milliseconds in each stage of the last attempt; null for one that was not reached."""

    queued_ms: int | None
    generating_ms: int | None
    uploading_ms: int | None
    total_ms: int | None


class CostView(msgspec.Struct, frozen=True, kw_only=True):
    """What a job costs, in micro-USD."""

    currency: str = "USD"
    estimated_micros: int | None
    actual_micros: int | None
    counted_micros: int
    items: tuple[Spend, ...]


class JobUrls(msgspec.Struct, frozen=True, kw_only=True):
    """A job's own addresses."""

    self: str
    events: str
    cancel: str
    retry: str
    deliveries: str


class JobView(msgspec.Struct, frozen=True, kw_only=True):
    """A job."""

    id: str
    status: Status
    status_sequence: int
    stage: Stage
    queue_position: int | None
    paused_by: str | None
    progress: float
    idempotency_key: str | None
    workflow_id: str | None
    user_id: str | None
    dialect: str | None
    project_id: str | None
    branch_id: str | None
    scene_id: str | None
    shot_id: str | None
    parent_id: str | None
    parent_index: int | None
    job_type: JobType
    labels: dict[str, str]
    prompt: str
    negative_prompt: str | None
    style: str | None
    enhance: bool
    prompt_used: str
    prompt_changed_by: tuple[str, ...]
    aspect_ratio: str
    image_size: ImageSize | None
    width: int | None
    height: int | None
    fit: Fit
    n: int
    seed: int | None
    references: tuple[Reference, ...]
    mask: Source | None
    variation_of: str | None
    provider_options: ProviderOptions
    mime_type: MimeType
    compression: int | None
    thumbnail: bool
    watermark: bool
    priority: Priority
    cache: Cache
    not_before: datetime | None
    deadline: datetime | None
    model_requested: str | None
    model: str
    fallback: tuple[str, ...]
    allow_placeholder: bool
    cancel_requested: bool
    attempt_count: int
    retry_count: int
    next_attempt_at: datetime | None
    images: tuple[ImageView, ...]
    missing: tuple[Missing, ...]
    placeholder: bool
    cached: bool
    failure: Failure | None
    timeline: tuple[Moment, ...]
    timings: Timings
    cost: CostView
    urls: JobUrls
    created_at: datetime
    queued_at: datetime
    started_at: datetime | None
    generated_at: datetime | None
    completed_at: datetime | None
    updated_at: datetime


class JobPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of jobs, the newest first."""

    jobs: tuple[JobView, ...]
    next_page_token: str | None
