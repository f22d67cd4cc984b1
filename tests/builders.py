"""Values for tests: whole and legal ones, in which a test names only what it is about."""

from datetime import timedelta
from functools import cache
from io import BytesIO
from typing import Any

import msgspec
from PIL import Image

from shared.domain.api_key import USUAL_SCOPES, ApiKey, hash_of
from shared.domain.caller import Caller
from shared.domain.delivery import KEPT, Delivery
from shared.domain.job import Event, Job, Lease, Moment, Status, moved
from shared.domain.ledger import Entry
from shared.domain.parent import Parent
from shared.domain.request import JobRequest
from shared.ports import Picture
from shared.use_cases.plan import Defaults
from tests.fakes.clock import NOON

JOB_ID = "a" * 26
DEFAULTS = Defaults(model="standard", aspect_ratio="1:1", watermark=True)


def a_job(**changes: Any) -> Job:
    """A job that was queued at noon, with `changes`."""
    fields: dict[str, Any] = {
        "id": JOB_ID,
        "tenant": "local",
        "nonce": "nonce-1",
        "fingerprint": "fingerprint-1",
        "job_type": "image",
        "priority": "interactive",
        "listed_for": changes.get("tenant", "local"),
        "prompt": "a fox in the snow",
        "aspect_ratio": "1:1",
        "status": "queued",
        "timeline": (Moment(at=NOON, status="queued"),),
        "write_id": "write-1",
        "provider": "imagen",
        "model": "imagen-4.0-generate-001",
        "estimated_micros": 40_000,
        "created_at": NOON,
        "queued_at": NOON,
        "updated_at": NOON,
        "wake_at": NOON,
    }
    return Job(**fields | changes)


WAY: tuple[Status, ...] = ("queued", "processing", "generating", "uploading", "completed")


def a_job_in(status: Status, **changes: Any) -> Job:
    """A job that went the usual way to `status`, all at noon; held ones by `worker-1` until 12:03."""
    job = a_job()
    way = WAY[1 : WAY.index(status) + 1] if status in WAY else (status,)
    for step in way:
        held: dict[str, Any] = {"lease": a_lease(), "attempt_count": 1} if step == "processing" else {}
        job = moved(job, step, NOON, **held)
    return msgspec.structs.replace(job, **changes)


def an_event(sequence: int = 2, *, job_id: str = JOB_ID, **changes: Any) -> Event:
    """The event of a job's change to that sequence, the first that its webhook is told of."""
    fields: dict[str, Any] = {
        "event_id": f"evt_{job_id}_{sequence}",
        "status_sequence": sequence,
        "type": "job.completed",
    }
    return Event(**fields | changes)


def a_delivery(sequence: int = 2, *, after: str | None = None, **changes: Any) -> Delivery:
    """A delivery recorded at noon, not tried yet; of the job's event of that sequence."""
    event = an_event(sequence, after=after)
    fields: dict[str, Any] = {
        "id": event.event_id,
        "tenant": "local",
        "job_id": JOB_ID,
        "event": event,
        "url": "https://receiver.test/hook",
        "payload": "{}",
        "state": "pending",
        "next_try_at": NOON,
        "wake_at": NOON + timedelta(minutes=1),
        "write_id": "write-1",
        "created_at": NOON,
        "purge_at": NOON + KEPT,
    }
    return Delivery(**fields | changes)


def an_entry(**changes: Any) -> Entry:
    """The end of a job that completed at noon, for 40 micro-USD."""
    fields: dict[str, Any] = {
        "id": f"{JOB_ID}_5", "tenant": "local", "job_id": JOB_ID, "job_type": "image", "provider": "imagen",
        "model": "imagen-4.0-generate-001", "at": NOON, "status": "completed", "images": 1, "calls": 1, "micros": 40,
    }  # fmt: skip
    return Entry(**fields | changes)


def a_key(**changes: Any) -> ApiKey:
    """A key of the tenant `acme`, made at noon, that may read and write jobs; its secret is `secret`."""
    fields: dict[str, Any] = {
        "id": "k" * 26, "tenant": "acme", "name": "ci", "scopes": USUAL_SCOPES, "hash": hash_of("secret"),
        "created_at": NOON,
    }  # fmt: skip
    return ApiKey(**fields | changes)


def a_parent(**changes: Any) -> Parent:
    """A batch of three jobs that is being recorded since noon."""
    fields: dict[str, Any] = {
        "id": "p" * 26, "kind": "batch", "tenant": "local", "nonce": "nonce-1", "fingerprint": "fingerprint-1",
        "children": 3, "status": "recording", "wake_at": NOON, "write_id": "write-1", "estimated_micros": 120_000,
        "created_at": NOON, "updated_at": NOON,
    }  # fmt: skip
    return Parent(**fields | changes)


def a_lease(token: str = "token-1", *, seconds: float = 180) -> Lease:  # noqa: S107 - a lease's token, no password
    """A lease that runs out `seconds` after noon."""
    return Lease(token=token, holder="worker-1", expires_at=NOON + timedelta(seconds=seconds))


def a_request(**changes: Any) -> JobRequest:
    """What a client asks for, decoded and checked field by field as its JSON would be."""
    return msgspec.convert({"prompt": "a fox in the snow"} | changes, JobRequest)


def a_caller(**changes: Any) -> Caller:
    """A client of the tenant `local`, with the key `key-1`."""
    return Caller(**{"tenant": "local", "idempotency_key": "key-1"} | changes)


def a_picture(seed: int | None = None, mime_type: str = "image/png") -> Picture:
    """A small picture, another for another seed."""
    return Picture(data=image_bytes(seed or 0), mime_type=mime_type, width=2, height=3, seed=seed, cost_micros=7)


@cache
def image_bytes(seed: int = 0, form: str = "PNG") -> bytes:
    """A whole image of 2 × 3 pixels."""
    file = BytesIO()
    Image.new("RGB", (2, 3), (seed % 256, 80, 160)).save(file, form)
    return file.getvalue()
