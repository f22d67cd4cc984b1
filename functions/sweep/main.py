"""sweep: whatever is due, on a tick of the scheduler or at once on request."""

import os
from functools import cache, partial

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from shared.api.entry import answered
from shared.api.router import Router
from shared.api.ticks import router
from shared.clock import SystemClock
from shared.config import load
from shared.gcp import delivery_store, documents, image_store, job_queue, job_store
from shared.telemetry import configure_logs
from shared.use_cases.sunsets import WarnOfSunsets
from shared.use_cases.sweep import Sweep


@cache
def _router() -> Router:
    settings = load(os.environ)
    project = settings.need("google_cloud_project")
    configure_logs(settings.log_level, project)
    firestore = documents.client(project, settings.firestore_database)
    jobs, deliveries = job_store.FirestoreJobStore(firestore), delivery_store.FirestoreDeliveryStore(firestore)
    queue = job_queue.PubSubJobQueue(project, partial(job_queue.client, settings.pubsub_emulator_host))
    images = image_store.CloudStorageImageStore(image_store.client(project), settings.need("gcs_bucket_name"))
    clock = SystemClock(settings.clock_offset_file)
    return router(Sweep(jobs, deliveries, queue, images, clock), WarnOfSunsets(clock, settings.image_model))


@functions_framework.aio.http
async def sweep(request: Request) -> Response:
    """Answer one tick."""
    return await answered(request, _router)
