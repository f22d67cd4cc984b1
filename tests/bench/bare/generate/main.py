"""generate, bare: the calls that a painted job makes, in their order, by the clients that ours has, and nothing else.

The model is the same, too: the placeholder's painter, which is none of what is compared.
"""

import asyncio
import json
import os
from base64 import b64decode
from datetime import UTC, datetime
from functools import cache
from typing import Any

import functions_framework.aio
from google.cloud import storage
from google.cloud.firestore_v1.async_client import AsyncClient
from starlette.requests import Request
from starlette.responses import JSONResponse

PROJECT = os.environ["GOOGLE_CLOUD_PROJECT"]


@cache
def _clients() -> tuple[Any, Any]:
    bucket = storage.Client(project=PROJECT).bucket(os.environ["GCS_BUCKET_NAME"])
    return AsyncClient(project=PROJECT), bucket


@functions_framework.aio.http
async def generate(request: Request) -> JSONResponse:
    """Read the job, paint it, store the picture and what it is."""
    firestore, bucket = _clients()
    message = json.loads(await request.body())["message"]
    document = firestore.collection("jobs").document(b64decode(message["data"]).decode())
    job = (await document.get()).to_dict()
    await firestore.collection("controls").get()
    await _step(document, "processing")
    await firestore.collection("renders").document(job["id"]).get()
    await _step(document, "generating")
    picture = await asyncio.to_thread(_painted, job["prompt"])
    await _step(document, "uploading")
    about = json.dumps(job, default=str).encode()
    for name, data, kind in (("png", picture, "image/png"), ("json", about, "application/json")):
        await asyncio.to_thread(_put, bucket.blob(f"bare/{job['id']}.{name}"), data, kind)
    await _step(document, "completed")
    return JSONResponse({"job_id": job["id"], "result": "done"})


async def _step(document: Any, status: str) -> None:
    now = datetime.now(UTC)
    await document.update({"status": status, "timeline": [{"at": now, "status": status}], "updated_at": now})


def _put(blob: Any, data: bytes, kind: str) -> None:
    blob.upload_from_string(data, kind, if_generation_match=0, checksum="crc32c")


def _painted(prompt: str) -> bytes:
    from shared.providers.painting import paint, size_for

    width, height = size_for("1:1")
    data: bytes = paint(prompt, width=width, height=height, seed=0, mime_type="image/png")
    return data
