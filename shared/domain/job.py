"""The job: one document, one state machine. A change is a new value; `moved` makes every change of status.

queued ──> processing ──> generating ──> uploading ──> completed
^  │           └──────────────┴─────────────┴────────> failed
│  └──> canceled <── (from each of them)                  │
└──── retryable failure, expired lease, user retry ───────┘
"""

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from shared.domain.accounts import Reservation
from shared.domain.deprecation import Deprecation
from shared.domain.errors import Billed, FailureType, IllegalTransition
from shared.domain.inputs import Input, Reference, Source
from shared.domain.missing import Missing
from shared.domain.money import total
from shared.domain.request import (
    BatchEventType,
    Cache,
    EventType,
    Fit,
    ImageSize,
    JobType,
    MimeType,
    Priority,
    ProviderOptions,
    Webhook,
)
from shared.domain.safety import Safety
from shared.domain.storyboard import Board, Scene

Status = Literal["queued", "processing", "generating", "uploading", "completed", "failed", "canceled"]
Stage = Literal["validating", "generating", "uploading", "persisting"]
Kind = Literal["image", "original", "thumbnail"]  # what there may be of one image

# What may follow what; a later attempt claims an expired lease, hence the ways back to `processing`.
TRANSITIONS: dict[Status, frozenset[Status]] = {
    "queued": frozenset({"processing", "failed", "canceled"}),
    "processing": frozenset({"processing", "generating", "uploading", "queued", "failed", "canceled"}),
    "generating": frozenset({"processing", "uploading", "queued", "failed", "canceled"}),
    "uploading": frozenset({"processing", "completed", "queued", "failed", "canceled"}),
    "completed": frozenset(),
    "failed": frozenset({"queued"}),
    "canceled": frozenset(),
}
TERMINAL: frozenset[Status] = frozenset({"completed", "failed", "canceled"})
HELD: frozenset[Status] = frozenset({"processing", "generating", "uploading"})
MAX_TIMELINE = 64  # entries; the oldest but the first go
MAX_COMMANDS = 16
ANNOUNCE_AGAIN = timedelta(minutes=2)  # a queued job nobody took is announced again


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """Who works on the job, and until when."""

    token: str
    holder: str
    expires_at: datetime


class StoredImage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One stored image: its exact bytes lie at `uri`."""

    uri: str  # gs://bucket/name
    sha256: str  # hex, of the bytes
    mime_type: str
    width: int  # pixels
    height: int  # pixels
    bytes: int


class Artifact(StoredImage, frozen=True, kw_only=True, omit_defaults=True):
    """One image of a job, and what was made of it."""

    index: int
    seed: int | None = None
    cost_micros: int | None = None
    original: StoredImage | None = None  # the provider's own bytes, where the image is not those
    thumbnail: StoredImage | None = None
    problem: str | None = None  # why it is not as the job asks

    @property
    def stored(self) -> dict[Kind, StoredImage]:
        """The image and what lies beside it."""
        kinds: dict[Kind, StoredImage | None] = {
            "image": self, "original": self.original, "thumbnail": self.thumbnail
        }  # fmt: skip
        return {kind: found for kind, found in kinds.items() if found}


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Why the job, or its last attempt, ended without its images."""

    type: FailureType
    stage: Stage
    code: str
    message: str
    retryable: bool
    billed: Billed = "no"
    safety: Safety | None = None


class Wording(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the model is told instead of the user's words, and what changed them."""

    prompt: str
    negative_prompt: str | None = None
    changed_by: tuple[str, ...]  # such as `style:noir`, in the order of the changes


class Spend(msgspec.Struct, frozen=True, kw_only=True):
    """One paid call, booked before it is made; `actual_micros` stays unknown when its answer was lost."""

    attempt: int
    estimated_micros: int | None
    actual_micros: int | None = None

    @property
    def counted_micros(self) -> int:
        """What it counts at where a number is needed: its estimate while its outcome is unknown, else 0."""
        return next((known for known in (self.actual_micros, self.estimated_micros) if known is not None), 0)


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """A cancel, retry, redrive or deletion that was carried out."""

    operation: str
    key_sha256: str | None = None  # None: it was asked for without an idempotency key
    call: str  # of the API: tells a lost answer of its own from another's command
    sequence: int  # of the job, after the command


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A change of the job, or of a batch, that somebody wants to be told of, not told yet."""

    event_id: str
    status_sequence: int
    type: EventType | BatchEventType
    after: str | None = None  # the job's event before this one, which is to be delivered first
    at: datetime | None = None  # of the change; None: of a version that did not say
    trace: str | None = None  # as the job's


class Moment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry of the timeline."""

    at: datetime
    status: Status
    attempt: int = 0
    note: str = ""


class Job(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`jobs/{id}`. Times are UTC; money is micro-USD."""

    id: str
    tenant: str
    nonce: str  # of the request that created it
    fingerprint: str
    idempotency_key: str | None = None
    workflow_id: str | None = None
    user_id: str | None = None
    dialect: str | None = None  # of an older client, in which it was asked for

    object_prefix: str | None = None  # of its objects where it has no project, as its dialect was set up then
    project_id: str | None = None
    branch_id: str | None = None
    scene_id: str | None = None
    shot_id: str | None = None
    job_type: JobType
    labels: dict[str, str] = {}
    label_terms: tuple[str, ...] = ()  # `name=value`, for listings
    words: tuple[str, ...] = ()  # of the prompt, for searches
    listed_for: str | None = None  # the tenant in whose listings it is; nobody, once it is deleted
    parent_id: str | None = None  # the batch or storyboard that it is a part of
    parent_index: int | None = None  # which of its items or scenes, from 0

    prompt: str
    negative_prompt: str | None = None
    style: str | None = None
    enhance: bool = False
    wording: Wording | None = None  # None: the model is told `prompt` and `negative_prompt` as they are
    aspect_ratio: str
    image_size: ImageSize | None = None  # None: the model's usual one
    width: int | None = None  # pixels, where `fit` is to make them exact
    height: int | None = None
    fit: Fit = "none"
    n: int = 1
    seed: int | None = None
    mime_type: MimeType = "image/png"
    compression: int | None = None
    thumbnail: bool = False
    watermark: bool = False
    provider_options: ProviderOptions = ProviderOptions()
    references: tuple[Reference, ...] = ()
    mask: Source | None = None
    variation_of: str | None = None  # the job whose image it starts from
    board: Board | None = None  # of a storyboard
    priority: Priority
    cache: Cache = "reuse"
    not_before: datetime | None = None
    deadline: datetime | None = None
    webhook: Webhook | None = None

    status: Status
    status_sequence: int = 1
    stage: Stage = "validating"
    cancel_requested: bool = False
    timeline: tuple[Moment, ...]
    last_event: str | None = None
    outbox: tuple[Event, ...] = ()  # written with the change, taken out once they are published
    published: tuple[Event, ...] = ()  # the last of those, until each is known to be recorded for delivery
    wake_at: datetime | None = None  # when `sweep` must look at it

    commands: tuple[Command, ...] = ()  # the last MAX_COMMANDS

    attempt_count: int = 0
    retry_count: int = 0  # asked for by a user
    counted_attempts: int = 0  # of attempt_count, those since the last user retry that use up MAX_ATTEMPTS
    lease: Lease | None = None
    write_id: str  # of the last write: tells an own lost answer from another's write
    next_attempt_at: datetime | None = None
    waiting_for: str | None = None  # the job that makes the same pixels
    took_over: bool = False  # an earlier holder, or an earlier call of this one, may have left objects behind

    model_requested: str | None = None  # as the client named it
    deprecation: Deprecation | None = None  # of `model_requested`
    provider: str  # of `model`
    model: str  # that made, makes or will make the images
    first_provider: str | None = None  # and model, that it began with, where it has gone on with another
    first_model: str | None = None
    fallback: tuple[str, ...] = ()  # ids of models to go on with, in their order
    allow_placeholder: bool = False
    inputs: tuple[Input, ...] = ()  # `references` and `mask`, fetched
    provider_operation: str | None = None  # under way at a provider that is submitted to, then polled
    scenes: tuple[Scene, ...] = ()  # of a storyboard, written or given
    artifacts: tuple[Artifact, ...] = ()
    missing: tuple[Missing, ...] = ()  # images that did not come, where others did
    placeholder: bool = False
    cached: bool = False  # the images are another job's, copied
    prompt_used: str | None = None  # where the provider changed it
    failure: Failure | None = None
    gave_up: bool = False  # failed for something that another try might have mended: a dead letter

    estimated_micros: int | None
    spend: tuple[Spend, ...] = ()
    booked: int = 0  # of `spend`, how many are in the ledger
    reservation: Reservation | None = None  # of limits that are counted; None: it is under none
    settled: bool = False  # `reservation` has ended

    created_at: datetime
    queued_at: datetime
    tried_since: datetime | None = None  # when the first attempt since then began
    started_at: datetime | None = None
    generating_at: datetime | None = None
    generated_at: datetime | None = None
    completed_at: datetime | None = None
    updated_at: datetime
    retention_seconds: int | None = None  # it is kept so long after its end; None: for ever
    expires_at: datetime | None = None
    deleted_at: datetime | None = None  # hidden from then on
    purge_at: datetime | None = None  # Firestore's TTL: only what is left of a deleted job has it
    trace: str | None = None  # W3C traceparent of the request that created it: all that is done for it goes on there

    @property
    def told(self) -> Wording:
        """What the model is told."""
        return self.wording or Wording(prompt=self.prompt, negative_prompt=self.negative_prompt, changed_by=())

    @property
    def is_over(self) -> bool:
        """Whether it has reached an end."""
        return self.status in TERMINAL

    @property
    def last_queued_at(self) -> datetime:
        """When it was last put into the queue that its last attempt took it from."""
        before = self.started_at or self.updated_at
        return next(
            (moment.at for moment in reversed(self.timeline) if moment.status == "queued" and moment.at <= before),
            self.queued_at,
        )

    @property
    def unsettled(self) -> Reservation | None:
        """The reservation that its end is to settle."""
        return None if self.settled else self.reservation

    @property
    def actual_micros(self) -> int | None:
        """What its calls cost, in micro-USD; unknown while one of them is, 0 when none was made."""
        return total(spend.actual_micros for spend in self.spend)

    def held(self, now: datetime) -> bool:
        """Whether a worker's lease is in force."""
        return self.lease is not None and self.lease.expires_at > now

    def due(self, now: datetime) -> bool:
        """Whether its next attempt may begin, as far as time is concerned."""
        return all(moment is None or moment <= now for moment in (self.not_before, self.next_attempt_at))


def moved(job: Job, status: Status, now: datetime, *, note: str = "", **changes: object) -> Job:
    """The job in `status`, with its sequence, timeline and times kept, and `changes` to other fields.

    Raises:
        IllegalTransition: the table does not have it.
    """
    if status not in TRANSITIONS[job.status]:
        raise IllegalTransition(f"job {job.id} cannot go from {job.status} to {status}")
    attempt = changes.get("attempt_count", job.attempt_count)
    entry = Moment(at=now, status=status, attempt=attempt, note=note)  # type: ignore[arg-type]
    timeline = (*job.timeline, entry)
    if len(timeline) > MAX_TIMELINE:
        timeline = (timeline[0], *timeline[-MAX_TIMELINE + 1 :])
    if status not in HELD:
        changes.setdefault("lease", None)
    sequence = job.status_sequence + 1
    told = _told(job, status, sequence, now)
    if told:
        changes |= {"outbox": (*job.outbox, told), "last_event": told.event_id}
    always = {"status": status, "timeline": timeline, "status_sequence": sequence, "updated_at": now}
    moved_on = msgspec.structs.replace(job, **always | changes)
    return _ended(moved_on, now) if status in TERMINAL else moved_on


def _ended(job: Job, now: datetime) -> Job:
    """What holds of every end: its calls are in the ledger, its time begins to run out, its events get published."""
    kept = job.retention_seconds
    expires_at = None if kept is None else now + timedelta(seconds=kept)
    # Whoever ends it publishes and settles at once; `sweep` sees to it.
    wake_at = now + ANNOUNCE_AGAIN if job.outbox or job.unsettled else job.wake_at or expires_at
    return msgspec.structs.replace(job, booked=len(job.spend), expires_at=expires_at, wake_at=wake_at, waiting_for=None)


def _told(job: Job, status: Status, sequence: int, now: datetime) -> Event | None:
    """The event of this change, where the job's webhook wants to hear of it."""
    for kind in job.webhook.events if job.webhook else ():
        if kind == f"job.{status}":
            event_id = f"evt_{job.id}_{sequence}"
            return Event(
                event_id=event_id,
                status_sequence=sequence,
                type=kind,
                after=job.last_event,
                at=now,
                trace=job.trace,
            )
    return None
