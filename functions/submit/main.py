"""submit: every client write. POST /v1/jobs → a recorded, announced job."""

import os
from functools import cache

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from shared import loading
from shared.api.dialect_entry import answered
from shared.api.router import Router
from shared.api.submit_jobs import router
from shared.api.waiting import wait_until_shutdown
from shared.clock import SystemClock
from shared.config import load
from shared.gcp.identities import identities_of
from shared.gcp.job_queue import queue_of
from shared.gcp.job_watcher import FirestoreJobWatcher
from shared.gcp.stores import stores_of
from shared.gcp.upload_signer import upload_signer_of
from shared.gcp.watching import watch

loading.over()


@cache
def _router() -> Router:
    settings = load(os.environ)
    watch("submit", settings, os.environ)
    stores, queue, clock = stores_of(settings), queue_of(settings, soon=True), SystemClock(settings.clock_offset_file)
    signer = upload_signer_of(settings)  # there is a bucket, then: a job that could never be stored is not taken
    wait = wait_until_shutdown(stores, FirestoreJobWatcher(settings), clock, settings)
    return router(stores, queue, signer, clock, settings, wait=wait, identities=identities_of(settings))


@functions_framework.aio.http
async def submit(request: Request) -> Response:
    """Answer one request."""
    return await answered(request, _router)
