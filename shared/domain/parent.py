"""A parent: a batch, or a storyboard, whose children are jobs. They are recorded with it, all or none of them.

recording ──> queued ──> running ──> completed · completed_with_failures · failed · canceled
    └──> abandoned          ^─────────────── retry of those that failed ──────────┘

Whoever asked is answered once the parent is queued; only one that was never answered is abandoned, and then removed.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from shared.domain.accounts import Reservation
from shared.domain.errors import IllegalTransition
from shared.domain.job import ANNOUNCE_AGAIN, Command, Event, Status
from shared.domain.request import BatchWebhook

ParentKind = Literal["batch", "storyboard"]
ParentStatus = Literal[
    "recording", "queued", "running", "completed", "completed_with_failures", "failed", "canceled", "abandoned"
]
End = Literal["completed", "completed_with_failures", "failed", "canceled"]
ENDS: frozenset[ParentStatus] = frozenset({"completed", "completed_with_failures", "failed", "canceled"})
# An end may follow an end: a child may be retried by itself.
TRANSITIONS: dict[ParentStatus, frozenset[ParentStatus]] = {
    "recording": frozenset({"queued", "abandoned"}),
    "queued": frozenset({"running", *ENDS}),
    "running": ENDS,
    **dict.fromkeys(ENDS, frozenset({"running", *ENDS})),
    "abandoned": frozenset(),
}
UNFINISHED: tuple[Status, ...] = ("queued", "processing", "generating", "uploading")
FINISHED: tuple[Status, ...] = ("completed", "failed", "canceled")

RECORD_WITHIN = timedelta(minutes=5)  # else it is abandoned
CHILD_WAKES_AFTER = timedelta(minutes=10)
LOOK_AGAIN = timedelta(minutes=10)  # at a running one, in case whoever ended its last child died before closing it
KEY_KNOWN_FOR = timedelta(days=7)  # beyond its retention


class ItemError(msgspec.Struct, frozen=True, kw_only=True):
    """Why an item is no job."""

    index: int  # of the item, from 0
    code: str
    pointer: str  # into the body, such as /items/17/prompt
    detail: str


class Pages(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A command that is carried out on the children, page by page."""

    command: Literal["cancel", "retry"]
    id: str  # each child knows it as a key, so that none is commanded twice
    after_at: datetime | None = None  # the last child that it was carried out on
    after_id: str | None = None


class Parent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`batches/{id}`. Times are UTC; money is micro-USD."""

    id: str
    kind: ParentKind
    tenant: str
    nonce: str  # of the request that created it; the ids of its children follow from it
    fingerprint: str
    idempotency_key: str | None = None
    workflow_id: str | None = None
    user_id: str | None = None
    labels: dict[str, str] = {}
    children: int  # jobs
    refused: tuple[ItemError, ...] = ()  # items that are none, where the caller takes a part

    status: ParentStatus
    status_sequence: int = 1
    cancel_requested: bool = False
    webhook: BatchWebhook | None = None
    last_event: str | None = None
    outbox: tuple[Event, ...] = ()  # taken out once they are recorded for delivery
    pages: Pages | None = None
    commands: tuple[Command, ...] = ()
    wake_at: datetime | None = None  # when `sweep` must look at it
    write_id: str

    estimated_micros: int | None
    reservations: tuple[Reservation, ...] = ()  # of its children, in sum, until they have them

    created_at: datetime
    queued_at: datetime | None = None
    completed_at: datetime | None = None
    updated_at: datetime
    retention_seconds: int | None = None  # its key is known so long after its end, and KEY_KNOWN_FOR
    purge_at: datetime | None = None  # Firestore's TTL: only one that has ended has it
    trace: str | None = None

    @property
    def is_over(self) -> bool:
        """Whether it has reached an end."""
        return self.status in ENDS

    @property
    def was_answered(self) -> bool:
        """Whether its id may have been given to whoever asked for it."""
        return self.status not in {"recording", "abandoned"}


def known_until(parent: Parent) -> datetime | None:
    """Until when its key, and those of its commands, are known at least; None: for ever."""
    if parent.retention_seconds is None or parent.purge_at is not None:
        return parent.purge_at
    # One that goes on is kept for so long after its end, which is not before now.
    return parent.updated_at + timedelta(seconds=parent.retention_seconds) + KEY_KNOWN_FOR


def changed(parent: Parent, status: ParentStatus, now: datetime, **changes: object) -> Parent:
    """The parent in `status`, and with `changes` to other fields.

    Raises:
        IllegalTransition: the table does not have it.
    """
    if status not in TRANSITIONS[parent.status]:
        raise IllegalTransition(f"{parent.kind} {parent.id} cannot go from {parent.status} to {status}")
    always = {"status": status, "status_sequence": parent.status_sequence + 1, "updated_at": now}
    return msgspec.structs.replace(parent, **always | changes)


def queued(parent: Parent, now: datetime) -> Parent:
    """The parent, all of whose children are recorded."""
    return changed(parent, "queued", now, queued_at=now, reservations=(), wake_at=now + ANNOUNCE_AGAIN)


def abandoned(parent: Parent, now: datetime) -> Parent:
    """The parent that nobody goes on recording; what there is of it is removed from now on."""
    return changed(parent, "abandoned", now, reservations=(), wake_at=now)


def ended(parent: Parent, counts: Mapping[Status, int], now: datetime) -> Parent:
    """The parent with no unfinished child, by the statuses of those that there are; the same one if it was so already.

    Raises:
        IllegalTransition: it is not queued yet.
    """
    status = end_of(counts, cancel_requested=parent.cancel_requested)
    if parent.status == status:
        return parent
    kept = parent.retention_seconds
    purge_at = None if kept is None else now + timedelta(seconds=kept) + KEY_KNOWN_FOR
    untold = now + ANNOUNCE_AGAIN if parent.outbox else None  # of an end before this one
    over = changed(parent, status, now, completed_at=now, purge_at=purge_at, wake_at=untold)
    return _telling(over, now)


def told(parent: Parent, recorded: Collection[str], now: datetime) -> Parent:
    """The parent without the events that are recorded for delivery; it is looked after while there are others."""
    left = tuple(event for event in parent.outbox if event.event_id not in recorded)
    return msgspec.structs.replace(parent, outbox=left, wake_at=now + ANNOUNCE_AGAIN if left else None)


def _telling(parent: Parent, now: datetime) -> Parent:
    """The parent with the event of its end, where somebody wants to be told."""
    for kind in parent.webhook.events if parent.webhook else ():
        if kind == f"{parent.kind}.{parent.status}":
            event = Event(
                event_id=f"evt_{parent.id}_{parent.status_sequence}",
                status_sequence=parent.status_sequence,
                type=kind,
                after=parent.last_event,
                at=now,
                trace=parent.trace,
            )
            outbox = (*parent.outbox, event)
            return msgspec.structs.replace(
                parent, outbox=outbox, last_event=event.event_id, wake_at=now + ANNOUNCE_AGAIN
            )
    return parent


def end_of(counts: Mapping[Status, int], *, cancel_requested: bool) -> End:
    """How a parent ends whose children have ended so."""
    completed, failed, canceled = (counts.get(status, 0) for status in ("completed", "failed", "canceled"))
    if completed and not failed and not canceled:
        return "completed"
    if canceled and (cancel_requested or not (completed or failed)):
        return "canceled"
    if completed:
        return "completed_with_failures"
    return "failed" if failed else "canceled"  # without any: they were all deleted
