"""A job as its client sees it: what is the caller's to know, and absolute addresses."""

from typing import Any

import msgspec

from shared.domain.job import Artifact, Job
from shared.domain.times import milliseconds

# Handed out as they are; the rest is ours, or is rendered below.
FIELDS = (
    "id", "status", "status_sequence", "stage", "idempotency_key", "workflow_id", "user_id", "project_id",
    "branch_id", "scene_id", "shot_id", "job_type", "labels", "prompt", "negative_prompt", "style", "enhance",
    "aspect_ratio", "image_size", "width", "height", "fit", "n", "references", "mask", "variation_of", "fallback",
    "allow_placeholder", "provider_options", "compression", "thumbnail",
    "seed", "mime_type", "watermark", "priority", "not_before", "deadline", "cancel_requested", "attempt_count",
    "next_attempt_at", "model_requested", "model", "missing", "placeholder", "cache", "cached", "retry_count",
    "failure", "timeline", "created_at", "queued_at", "started_at", "generated_at", "completed_at", "updated_at",
)  # fmt: skip
PROGRESS = {"queued": 0.0, "processing": 0.1, "generating": 0.3, "uploading": 0.8, "completed": 1.0}


def view(job: Job, base_url: str) -> dict[str, Any]:
    """The JSON of GET /v1/jobs/{id}; `base_url` is what the client calls, without a slash at its end."""
    url = f"{base_url}/v1/jobs/{job.id}"
    return {
        **{name: getattr(job, name) for name in FIELDS},
        "prompt_used": job.prompt_used or job.told.prompt,
        "prompt_changed_by": job.told.changed_by,
        "progress": PROGRESS.get(job.status, 1.0),
        "images": [_image(artifact, f"{url}/images/{artifact.index}") for artifact in job.artifacts],
        "timings": timings(job),
        "cost": {
            "currency": "USD",
            "estimated_micros": job.estimated_micros,
            "actual_micros": job.actual_micros,
            "counted_micros": sum(spend.counted_micros for spend in job.spend),
            "items": job.spend,
        },
        "urls": {"self": url, "cancel": f"{url}/cancel", "retry": f"{url}/retry", "deliveries": f"{url}/deliveries"},
    }


def _image(artifact: Artifact, url: str) -> dict[str, Any]:
    """An image and what lies beside it, each with an address of ours."""
    beside: dict[str, Any] = {
        kind: {"url": f"{url}?{kind}", **msgspec.structs.asdict(stored)}
        for kind, stored in artifact.stored.items()
        if kind != "image"
    }
    return {"url": url, **msgspec.structs.asdict(artifact), **beside}


def timings(job: Job) -> dict[str, int | None]:
    """Milliseconds in each stage of the last attempt; null for one that was not reached."""
    return {
        "queued_ms": milliseconds(job.last_queued_at, job.started_at),
        "generating_ms": milliseconds(job.generating_at, job.generated_at),
        "uploading_ms": milliseconds(job.generated_at, job.completed_at if job.artifacts else None),
        "total_ms": milliseconds(job.created_at, job.completed_at),
    }


def etag(job: Job) -> str:
    """The version of what `view` shows: `status_sequence` rises by one at each change."""
    return f'"{job.status_sequence}"'
