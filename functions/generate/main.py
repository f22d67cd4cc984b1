"""generate: a Pub/Sub message that names a job → its stored images."""

import os
from functools import cache

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from shared import loading
from shared.api.deliveries import router
from shared.api.entry import answered
from shared.api.router import Router
from shared.clock import SystemClock
from shared.config import load
from shared.gcp.image_store import images_of
from shared.gcp.job_queue import queue_of
from shared.gcp.stores import stores_of
from shared.gcp.watching import watch
from shared.imaging import Imaging
from shared.scene_writers.makers import makers_of
from shared.use_cases.generate import Generate, limits_of

loading.over(pictures=True)


@cache
def _router() -> Router:
    settings = load(os.environ)
    watch("generate", settings, os.environ)
    stores, queue, clock = stores_of(settings), queue_of(settings), SystemClock(settings.clock_offset_file)
    makers = makers_of(stores, queue, clock, settings)
    world, limits = (stores, images_of(settings, soon=True), queue, clock, Imaging()), limits_of(settings)
    return router(Generate(*world, limits=limits, **makers._asdict()), makers.provider.prepare)


@functions_framework.aio.http
async def generate(request: Request) -> Response:
    """Answer one delivery; any 2xx acknowledges it."""
    return await answered(request, _router)
