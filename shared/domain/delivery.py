"""A webhook's delivery: one event of a job, sent until it is taken, by the schedule of Standard Webhooks 1.0.

    pending ──> delivered        a 2xx
       │  ^         └── redeliver ──> pending
       │  └── redeliver ── gave_up   after the last try; or after a 410, to this event or an earlier one of the job
       └─────────────────────^

Source of the schedule and of 410: https://github.com/standard-webhooks/standard-webhooks (spec, operational)
"""

import re
from datetime import datetime, timedelta
from random import uniform
from typing import Literal

import msgspec

from shared.domain.errors import Rejected
from shared.domain.job import Event, Job
from shared.domain.parent import Parent
from shared.domain.times import MAX_SLEPT_OFF

State = Literal["pending", "delivered", "gave_up"]
# The wait before each try; its length is the most tries there are.
SCHEDULE = tuple(timedelta(seconds=seconds) for seconds in (0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400))
GONE = 410
TRY_FOR = timedelta(seconds=60)  # whoever tries has it to himself for so long
WAKE_WAITING = timedelta(minutes=1)  # a delivery that waits for an earlier one
UNHEARD_OF = timedelta(hours=1)  # so long an event waits for an earlier one that is not recorded: it may be purged
KEPT = timedelta(days=30)
MAX_KEYS = 16
_ID = re.compile(r"evt_[a-z2-7]{26}_[1-9][0-9]{0,17}")


class Try(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One request to the receiver."""

    at: datetime
    status: int | None = None  # None: no answer
    error: str = ""
    duration_ms: int = 0


class Delivery(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`deliveries/{id}`; the id is the event's, and the receiver's `webhook-id`."""

    id: str
    tenant: str
    job_id: str  # or the batch's, of its event
    event: Event
    url: str
    payload: str  # JSON, exactly as it is sent each time
    state: State
    disabled: bool = False  # the receiver answered 410, to this event or to another: it is not asked of itself
    tries: tuple[Try, ...] = ()  # since the last redelivery
    redeliveries: int = 0  # that were asked for: those are sent to a receiver that wants no more, too
    next_try_at: datetime
    wake_at: datetime | None = None  # when `sweep` must look at it
    asked_under: tuple[str, ...] = ()  # SHA-256 of the last idempotency keys that asked for a redelivery
    write_id: str
    created_at: datetime
    purge_at: datetime


def is_delivery_id(text: str) -> bool:
    """Whether `text` could be the id of a delivery; anything else names none."""
    return _ID.fullmatch(text) is not None


def new(event: Event, job: Job, payload: str, now: datetime, write_id: str) -> Delivery | None:
    """The delivery of an event; None for a job that has no webhook any more."""
    if job.webhook is None or job.deleted_at:
        return None
    return _of(event, job, job.webhook.url, payload, now=now, write_id=write_id)


def new_of_batch(event: Event, batch: Parent, payload: str, now: datetime, write_id: str) -> Delivery | None:
    """The delivery of a batch's event; None for one that has no webhook."""
    if batch.webhook is None:
        return None
    return _of(event, batch, batch.webhook.url, payload, now=now, write_id=write_id)


def _of(event: Event, about: Job | Parent, url: str, payload: str, *, now: datetime, write_id: str) -> Delivery:
    return Delivery(
        id=event.event_id,
        tenant=about.tenant,
        job_id=about.id,
        event=event,
        url=url,
        payload=payload,
        state="pending",
        next_try_at=now,
        wake_at=now + WAKE_WAITING,
        write_id=write_id,
        created_at=now,
        purge_at=now + KEPT,
    )


def taken(delivery: Delivery, now: datetime) -> Delivery:
    """The delivery while somebody tries."""
    return msgspec.structs.replace(delivery, next_try_at=now + TRY_FOR, wake_at=now + TRY_FOR)


def waiting(delivery: Delivery, earlier: Delivery | None, now: datetime) -> Delivery:
    """The delivery while an earlier event of its job is open: it is woken by that one's end, `sweep` sees to it."""
    looked_at = (earlier and earlier.wake_at) or now
    return msgspec.structs.replace(delivery, wake_at=max(looked_at, now) + WAKE_WAITING)


def postponed(delivery: Delivery, now: datetime) -> Delivery:
    """The delivery untried, because its receiver has more requests to answer than it answers: in a minute or two."""
    return msgspec.structs.replace(delivery, wake_at=now + WAKE_WAITING * uniform(1, 2))  # noqa: S311 - no secret


def disabled(delivery: Delivery) -> Delivery:
    """The delivery given up untried: its receiver wants no more."""
    return msgspec.structs.replace(delivery, state="gave_up", disabled=True, wake_at=None)


def is_taken(result: Try) -> bool:
    """Whether the receiver has taken it."""
    return result.status is not None and 200 <= result.status < 300  # noqa: PLR2004 - the success class


def tried(delivery: Delivery, result: Try) -> Delivery:
    """The delivery after a try: delivered, given up, or due again."""
    tries = (*delivery.tries, result)
    ended: State | None = None
    if is_taken(result):
        ended = "delivered"
    elif result.status == GONE or len(tries) >= len(SCHEDULE):
        ended = "gave_up"
    if ended:
        unwanted = result.status == GONE
        return msgspec.structs.replace(delivery, state=ended, disabled=unwanted, tries=tries, wake_at=None)
    wait = SCHEDULE[len(tries)] * uniform(1.0, 1.1)  # noqa: S311 - jitter is no secret
    again_at = result.at + wait
    # A short wait is slept off by who tried; `sweep` looks only whether it did.
    wake_at = again_at + TRY_FOR if wait <= MAX_SLEPT_OFF else again_at
    return msgspec.structs.replace(delivery, tries=tries, next_try_at=again_at, wake_at=wake_at)


def redelivered(delivery: Delivery, now: datetime, key_sha256: str | None = None) -> Delivery:
    """The delivery, from its first try on, asked for under that key.

    Raises:
        Rejected: 409, it is being delivered already; 410, its job was deleted.
    """
    if not delivery.payload:
        raise Rejected(410, "job_deleted", f"Job {delivery.job_id} was deleted, and what it would tell with it.")
    if delivery.state == "pending":
        text = f"Delivery {delivery.id} is not over yet; its next try is at {delivery.next_try_at.isoformat()}."
        raise Rejected(409, "delivery_pending", text)
    keys = (*delivery.asked_under, key_sha256) if key_sha256 else delivery.asked_under
    return msgspec.structs.replace(
        delivery,
        state="pending",
        tries=(),
        redeliveries=delivery.redeliveries + 1,
        next_try_at=now,
        wake_at=now + WAKE_WAITING,
        purge_at=now + KEPT,
        asked_under=keys[-MAX_KEYS:],
    )


def blanked(delivery: Delivery) -> Delivery:
    """What stays of a deleted job's delivery: that it was, and nothing that it said."""
    state: State = "gave_up" if delivery.state == "pending" else delivery.state
    return msgspec.structs.replace(delivery, payload="", state=state, wake_at=None)
