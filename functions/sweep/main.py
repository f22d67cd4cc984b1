"""sweep: whatever is due, on a tick of the scheduler or at once on request."""

import os
from functools import cache

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from shared import loading
from shared.api.entry import answered
from shared.api.router import Router
from shared.api.ticks import router
from shared.clock import SystemClock
from shared.config import load
from shared.gcp.image_store import images_of
from shared.gcp.job_queue import queue_of
from shared.gcp.stores import stores_of
from shared.gcp.watching import watch
from shared.use_cases.sunsets import WarnOfSunsets
from shared.use_cases.sweep import Sweep
from shared.use_cases.tenants import tenants_of

loading.over()


@cache
def _router() -> Router:
    settings = load(os.environ)
    watch("sweep", settings, os.environ)
    stores, queue, clock = stores_of(settings), queue_of(settings), SystemClock(settings.clock_offset_file)
    images, tenants = images_of(settings), tenants_of(stores.tenants, clock, settings)
    return router(Sweep(stores, queue, images, clock, tenants), WarnOfSunsets(clock, settings.image_model))


@functions_framework.aio.http
async def sweep(request: Request) -> Response:
    """Answer one tick."""
    return await answered(request, _router)
