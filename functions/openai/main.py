"""openai: OpenAI's images API. POST /v1/images/generations and /v1/images/edits → images, in the answer or by link."""

import os
from functools import cache

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from shared import loading
from shared.api.dialect_entry import answered
from shared.api.openai_images import router
from shared.api.router import Router
from shared.api.waiting import wait_until_shutdown
from shared.clock import SystemClock
from shared.config import load
from shared.gcp.identities import identities_of
from shared.gcp.image_store import images_of
from shared.gcp.job_queue import queue_of
from shared.gcp.job_watcher import FirestoreJobWatcher
from shared.gcp.stores import stores_of
from shared.gcp.watching import watch
from shared.imaging.masks import PillowMasks

loading.over()


@cache
def _router() -> Router:
    watch("openai", settings := load(os.environ), os.environ)
    stores, queue, clock = stores_of(settings), queue_of(settings, soon=True), SystemClock(settings.clock_offset_file)
    wait = wait_until_shutdown(stores, FirestoreJobWatcher(settings), clock, settings)
    images, masks, identities = images_of(settings), PillowMasks(), identities_of(settings)
    return router(stores, queue, images, clock, settings, masks=masks, wait=wait, identities=identities)


@functions_framework.aio.http
async def openai(request: Request) -> Response:
    """Answer one request."""
    return await answered(request, _router)
