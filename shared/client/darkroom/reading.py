"""Answers as values. Whatever is missing or otherwise than this version knows it does no harm to the rest."""

from datetime import datetime

from .errors import NotDarkroom
from .records import Batch, Failure, Image, Job, Raw, Safety


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
