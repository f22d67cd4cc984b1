"""status: every client read. GET /v1/jobs/{id}, its images, and /health."""

import os
from functools import cache

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from shared.api.entry import answered
from shared.api.read_jobs import router
from shared.api.router import Router
from shared.config import load
from shared.gcp import delivery_store, documents, image_store, job_store
from shared.telemetry import configure_logs
from shared.use_cases.read import Read


@cache
def _router() -> Router:
    settings = load(os.environ)
    project = settings.need("google_cloud_project")
    configure_logs(settings.log_level, project)
    firestore = documents.client(project, settings.firestore_database)
    jobs, deliveries = job_store.FirestoreJobStore(firestore), delivery_store.FirestoreDeliveryStore(firestore)
    images = image_store.CloudStorageImageStore(
        image_store.client(project), settings.need("gcs_bucket_name"), signer_key=settings.local_signer_key
    )
    return router(Read(jobs, images), deliveries, settings)


@functions_framework.aio.http
async def status(request: Request) -> Response:
    """Answer one request."""
    return await answered(request, _router)
