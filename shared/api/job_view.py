"""A job as its client sees it: what is the caller's to know, and absolute addresses."""

from operator import attrgetter

import msgspec

from shared.api.views import CostView, ImageView, JobUrls, JobView, StoredImageView, Timings
from shared.domain.job import Artifact, Job, StoredImage
from shared.domain.times import milliseconds
from shared.use_cases.queueing import Standing

# Handed out as they are; the rest is ours, or is rendered below.
FIELDS = tuple(name for name in JobView.__struct_fields__ if name in Job.__struct_fields__ and name != "prompt_used")
_handed_out = attrgetter(*FIELDS)
PROGRESS = {"queued": 0.0, "processing": 0.1, "generating": 0.3, "uploading": 0.8, "completed": 1.0}


def view(job: Job, base_url: str, standing: Standing | None = None) -> JobView:
    """The answer of GET /v1/jobs/{id}; `base_url` is what the client calls, without a slash at its end."""
    url = f"{base_url}/v1/jobs/{job.id}"
    return JobView(
        **dict(zip(FIELDS, _handed_out(job), strict=True)),
        prompt_used=job.prompt_used or job.told.prompt,
        prompt_changed_by=job.told.changed_by,
        queue_position=standing.position if standing else None,
        paused_by=standing.paused_by if standing else None,
        progress=PROGRESS.get(job.status, 1.0),
        images=tuple(_image(artifact, f"{url}/images/{artifact.index}") for artifact in job.artifacts),
        timings=timings(job),
        cost=CostView(
            estimated_micros=job.estimated_micros,
            actual_micros=job.actual_micros,
            counted_micros=sum(spend.counted_micros for spend in job.spend),
            items=job.spend,
        ),
        urls=JobUrls(self=url, **{name: f"{url}/{name}" for name in ("events", "cancel", "retry", "deliveries")}),
    )


def _image(artifact: Artifact, url: str) -> ImageView:
    """An image and what lies beside it, each with an address of ours."""
    beside = {kind: _beside(getattr(artifact, kind), f"{url}?{kind}") for kind in ("original", "thumbnail")}
    return ImageView(url=url, **msgspec.structs.asdict(artifact) | beside)


def _beside(stored: StoredImage | None, url: str) -> StoredImageView | None:
    return StoredImageView(url=url, **msgspec.structs.asdict(stored)) if stored else None


def timings(job: Job) -> Timings:
    """How long each stage of the last attempt took."""
    return Timings(
        queued_ms=milliseconds(job.last_queued_at, job.started_at),
        generating_ms=milliseconds(job.generating_at, job.generated_at),
        uploading_ms=milliseconds(job.generated_at, job.completed_at if job.artifacts else None),
        total_ms=milliseconds(job.created_at, job.completed_at),
    )


def etag(job: Job) -> str:
    """The version of what `view` shows: `status_sequence` rises by one at each change.

    Weak, since some of it moves between two changes: the place in the queue, and what its calls cost so far.
    """
    return f'W/"{job.status_sequence}"'
