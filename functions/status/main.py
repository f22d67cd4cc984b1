"""status: every client read. GET /v1/jobs/{id}, its images, and /health."""

import os
from functools import cache
from pathlib import Path

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from shared import loading
from shared.api.dialect_entry import answered
from shared.api.read_jobs import router
from shared.api.router import Router
from shared.api.waiting import wait_until_shutdown
from shared.clock import SystemClock
from shared.config import load
from shared.gcp.identities import identities_of
from shared.gcp.image_store import images_of
from shared.gcp.job_watcher import FirestoreJobWatcher
from shared.gcp.stores import stores_of
from shared.gcp.watching import watch

loading.over()


@cache
def _router() -> Router:
    settings = load(os.environ)
    watch("status", settings, os.environ)
    images, stores, clock = images_of(settings), stores_of(settings), SystemClock(settings.clock_offset_file)
    wait = wait_until_shutdown(stores, FirestoreJobWatcher(settings), clock, settings)
    page = Path(__file__).parent / "dashboard"
    return router(stores, images, clock, settings, wait=wait, identities=identities_of(settings), dashboard=page)


@functions_framework.aio.http
async def status(request: Request) -> Response:
    """Answer one request."""
    return await answered(request, _router)
