"""notify: an event of a job → its user's webhook."""

import os
from functools import cache, partial

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from shared import loading
from shared.api.entry import answered
from shared.api.job_events import payload_of, router
from shared.api.router import Router
from shared.clock import SystemClock
from shared.config import load
from shared.gcp.job_queue import queue_of
from shared.gcp.stores import stores_of
from shared.gcp.watching import watch
from shared.use_cases.notify import Notify
from shared.use_cases.tenants import tenants_of
from shared.webhook_sender import sender_of

loading.over()


@cache
def _router() -> Router:
    settings = load(os.environ)
    settings.need("google_cloud_project")
    watch("notify", settings, os.environ)
    stores, queue = stores_of(settings), queue_of(settings)
    clock, payload = SystemClock(settings.clock_offset_file), partial(payload_of, base_url=settings.need("public_url"))
    tenants, sender = tenants_of(stores.tenants, clock, settings), sender_of(settings, clock)
    return router(Notify(stores, tenants, queue, clock, sender=sender, payload=payload))


@functions_framework.aio.http
async def notify(request: Request) -> Response:
    """Answer one delivery; any 2xx acknowledges it."""
    return await answered(request, _router)
