"""status, bare: one Firestore get, by the client that ours has loaded by then, and nothing else."""

import json
import os
from functools import cache
from typing import Any

import functions_framework.aio
from google.cloud.firestore_v1.async_client import AsyncClient
from starlette.requests import Request
from starlette.responses import Response

PROJECT = os.environ["GOOGLE_CLOUD_PROJECT"]


@cache
def _client() -> Any:
    return AsyncClient(project=PROJECT)


@functions_framework.aio.http
async def status(request: Request) -> Response:
    """The job as it is stored; 304 where its version is known."""
    snapshot = await _client().collection("jobs").document(request.url.path.rpartition("/")[2]).get()
    if not snapshot.exists:
        return Response(status_code=404)
    job = snapshot.to_dict()
    headers = {"etag": f'W/"{job.get("status_sequence", 1)}"'}
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    return Response(json.dumps(job, default=str), headers=headers, media_type="application/json")
