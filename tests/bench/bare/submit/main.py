"""submit, bare: one Firestore create of a job's fields and one publish, by the clients that ours has, and nothing else.

A key that has been used is answered as ours answers it: the create fails, the job is read, and announced again.
"""

import json
import os
import secrets
from datetime import UTC, datetime
from functools import cache
from typing import Any

import functions_framework.aio
from google.api_core.exceptions import AlreadyExists
from google.cloud.firestore_v1.async_client import AsyncClient
from starlette.requests import Request
from starlette.responses import Response

PROJECT = os.environ["GOOGLE_CLOUD_PROJECT"]
TOPIC = f"projects/{PROJECT}/topics/jobs-interactive"


@cache
def _clients() -> tuple[Any, Any]:
    import grpc
    from google.pubsub_v1.services.publisher import PublisherAsyncClient
    from google.pubsub_v1.services.publisher.transports import PublisherGrpcAsyncIOTransport

    channel = grpc.aio.insecure_channel(os.environ["PUBSUB_EMULATOR_HOST"])
    return AsyncClient(project=PROJECT), PublisherAsyncClient(transport=PublisherGrpcAsyncIOTransport(channel=channel))


@functions_framework.aio.http
async def submit(request: Request) -> Response:
    """Record and announce."""
    firestore, publisher = _clients()
    asked = json.loads(await request.body())
    job = _job(request.headers.get("idempotency-key") or secrets.token_hex(13), asked["prompt"])
    document = firestore.collection("bare").document(job["id"])
    try:
        await document.create(job)
    except AlreadyExists:
        job = (await document.get()).to_dict()
    message = {"data": job["id"].encode(), "attributes": {"job_id": job["id"]}}
    await publisher.publish(topic=TOPIC, messages=[message])
    return Response(json.dumps(job, default=str), 202, media_type="application/json")


def _job(job_id: str, prompt: str) -> dict[str, Any]:
    """As many fields as ours stores, of the same kinds."""
    now = datetime.now(UTC)
    return {
        "id": job_id, "tenant": "local", "idempotency_key": job_id, "fingerprint": "0" * 64, "nonce": "n" * 26,
        "write_id": "w" * 26, "listed_for": "local", "words": prompt.split(), "job_type": "image", "prompt": prompt,
        "aspect_ratio": "1:1", "model": "imagen-4.0-generate-001", "provider": "imagen", "provider_options": {},
        "watermark": True, "mime_type": "image/png", "priority": "interactive", "status": "queued",
        "timeline": [{"at": now, "status": "queued"}], "wake_at": now, "estimated_micros": 40_000,
        "created_at": now, "queued_at": now, "updated_at": now,
    }  # fmt: skip
