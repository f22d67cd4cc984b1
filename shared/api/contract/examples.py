"""Examples that are made as answers are made, so that they cannot show what is never sent."""

from datetime import UTC, datetime, timedelta

import msgspec

from shared.api.contract.parameters import JOB_ID_EXAMPLE
from shared.api.job_view import view
from shared.api.views import JobView
from shared.domain.job import Artifact, Job, Moment, Spend

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
BASE = "https://darkroom.example"

QUEUED = Job(
    id=JOB_ID_EXAMPLE,
    tenant="",
    nonce="",
    fingerprint="",
    write_id="",
    idempotency_key="film-7/scene-3/take-1",
    user_id="ada",
    project_id="film-7",
    scene_id="3",
    job_type="image",
    labels={"mood": "quiet"},
    prompt="a lighthouse in the fog, 35 mm",
    aspect_ratio="16:9",
    image_size="1K",
    priority="interactive",
    status="queued",
    timeline=(Moment(at=AT, status="queued"),),
    model_requested="standard",
    provider="imagen",
    model="imagen-4.0-generate-001",
    estimated_micros=40_000,
    created_at=AT,
    queued_at=AT,
    updated_at=AT,
)
_TIMES = [AT + timedelta(milliseconds=milliseconds) for milliseconds in (240, 260, 5_110, 5_480)]
COMPLETED = msgspec.structs.replace(
    QUEUED,
    status="completed",
    status_sequence=5,
    stage="persisting",
    attempt_count=1,
    timeline=(
        Moment(at=AT, status="queued"),
        Moment(at=_TIMES[0], status="processing", attempt=1),
        Moment(at=_TIMES[1], status="generating", attempt=1),
        Moment(at=_TIMES[2], status="uploading", attempt=1),
        Moment(at=_TIMES[3], status="completed", attempt=1),
    ),
    artifacts=(
        Artifact(
            index=0,
            uri=f"gs://darkroom-images/project_film-7/scene_3/image_{JOB_ID_EXAMPLE}_0_6f1ed002ab55.png",
            sha256="6f1ed002ab5595859014ebf0951522d9e0b0e3b8a1b4b1d0c6f3a5d2e4c7b8a9",
            mime_type="image/png",
            width=1408,
            height=768,
            bytes=1_482_113,
        ),
    ),
    spend=(Spend(attempt=1, estimated_micros=40_000, actual_micros=40_000),),
    started_at=_TIMES[0],
    generating_at=_TIMES[1],
    generated_at=_TIMES[2],
    completed_at=_TIMES[3],
    updated_at=_TIMES[3],
)


def shown(job: Job) -> JobView:
    """The job as a client sees it."""
    return view(job, BASE)
