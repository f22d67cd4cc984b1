"""notify: an event of a job → its user's webhook."""

import os
from functools import cache, partial

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from shared.api.entry import answered
from shared.api.job_events import payload_of, router
from shared.api.router import Router
from shared.clock import SystemClock
from shared.config import load
from shared.gcp import delivery_store, documents, job_queue, job_store
from shared.telemetry import configure_logs
from shared.use_cases.notify import Notify
from shared.webhook_sender import sender_of


@cache
def _router() -> Router:
    settings = load(os.environ)
    project = settings.need("google_cloud_project")
    configure_logs(settings.log_level, project)
    firestore = documents.client(project, settings.firestore_database)
    jobs, deliveries = job_store.FirestoreJobStore(firestore), delivery_store.FirestoreDeliveryStore(firestore)
    queue = job_queue.PubSubJobQueue(project, partial(job_queue.client, settings.pubsub_emulator_host))
    clock, payload = SystemClock(settings.clock_offset_file), partial(payload_of, base_url=settings.need("public_url"))
    return router(Notify(jobs, deliveries, queue, clock, sender=sender_of(settings, clock), payload=payload))


@functions_framework.aio.http
async def notify(request: Request) -> Response:
    """Answer one delivery; any 2xx acknowledges it."""
    return await answered(request, _router)
