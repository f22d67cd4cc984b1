"""A job in which no field is at its default."""

from datetime import UTC, datetime

import msgspec

from shared.domain.job import Artifact, Command, Event, Failure, Job, Lease, Moment, Spend
from shared.domain.request import Webhook

ODD = datetime(2026, 11, 21, 11, 59, 59, 999_999, tzinfo=UTC)
AN_ARTIFACT = Artifact(
    index=1, uri="gs://b/ä.png", sha256="0" * 64, mime_type="image/png", width=2, height=3, bytes=2**40, seed=2**32 - 1
)
A_FULL_JOB = Job(
    id="f" * 26,
    tenant="tenant/ü",
    nonce="nonce",
    fingerprint="f" * 64,
    idempotency_key="~key!",
    workflow_id="w",
    user_id="u",
    project_id="p",
    branch_id="b",
    scene_id="s",
    shot_id="t",
    job_type="end_frame",
    labels={"a.b": "c.d", "a-b_c.9": "", "k": "猫 🦊 \n"},
    prompt='a "fox"\u0000\n🦊 ﷽ \u2028 {{x}}',
    negative_prompt="",
    aspect_ratio="16:9",
    n=10,
    seed=2**32 - 1,
    mime_type="image/webp",
    watermark=True,
    priority="batch",
    cache="refresh",
    not_before=ODD,
    deadline=ODD,
    webhook=Webhook(url="https://example.test/hook", events=("job.failed",)),
    status="generating",
    status_sequence=2**31,
    stage="persisting",
    cancel_requested=True,
    timeline=(Moment(at=ODD, status="queued"), Moment(at=ODD, status="processing", attempt=2, note="taken over")),
    wake_at=ODD,
    outbox=(Event(event_id="evt", status_sequence=3, type="job.failed", after="evt-0"),),
    last_event="evt-0",
    commands=(Command(key_sha256="0" * 64, sequence=4),),
    attempt_count=5,
    retry_count=6,
    counted_attempts=7,
    lease=Lease(token="t", holder="h", expires_at=ODD),  # noqa: S106 - a lease's token
    write_id="w",
    next_attempt_at=ODD,
    waiting_for="g" * 26,
    took_over=True,
    gave_up=True,
    model_requested="fast",
    provider="placeholder",
    model="m",
    provider_operation="operations/1",
    artifacts=(AN_ARTIFACT, msgspec.structs.replace(AN_ARTIFACT, index=2, seed=None)),
    blocked=("Support code 42",),
    placeholder=True,
    cached=True,
    prompt_used="x",
    failure=Failure(type="UNKNOWN", stage="uploading", code="c", message="m", retryable=True, billed="unknown"),
    estimated_micros=None,
    spend=(Spend(attempt=1, estimated_micros=None), Spend(attempt=2, estimated_micros=0, actual_micros=2**50)),
    booked=1,
    created_at=ODD,
    queued_at=ODD,
    started_at=ODD,
    generating_at=ODD,
    generated_at=ODD,
    completed_at=ODD,
    updated_at=ODD,
    retention_seconds=86_400,
    expires_at=ODD,
    deleted_at=ODD,
    purge_at=ODD,
    trace="00-x",
)
