"""generate: a Pub/Sub message that names a job → its stored images."""

import os
from functools import cache, partial

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from shared.api.deliveries import router
from shared.api.entry import answered
from shared.api.router import Router
from shared.clock import SystemClock
from shared.config import load
from shared.gcp import documents, image_store, job_queue, job_store
from shared.imaging import Imaging
from shared.providers import Providers
from shared.providers.given import GivenPictures
from shared.telemetry import configure_logs
from shared.use_cases.generate import Generate, limits_of


@cache
def _router() -> Router:
    settings = load(os.environ)
    project = settings.need("google_cloud_project")
    configure_logs(settings.log_level, project)
    jobs = job_store.FirestoreJobStore(documents.client(project, settings.firestore_database))
    images = image_store.CloudStorageImageStore(image_store.client(project), settings.need("gcs_bucket_name"))
    queue = job_queue.PubSubJobQueue(project, partial(job_queue.client, settings.pubsub_emulator_host))
    clock, limits = SystemClock(settings.clock_offset_file), limits_of(settings)
    providers, pictures = Providers(settings, clock), GivenPictures(allow_private=settings.private_addresses)
    generate = Generate(jobs, images, queue, clock, Imaging(), provider=providers, pictures=pictures, limits=limits)
    return router(generate)


@functions_framework.aio.http
async def generate(request: Request) -> Response:
    """Answer one delivery; any 2xx acknowledges it."""
    return await answered(request, _router)
