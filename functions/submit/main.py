"""submit: every client write. POST /v1/jobs → a recorded, announced job."""

import os
from functools import cache, partial

import functions_framework.aio
from starlette.requests import Request
from starlette.responses import Response

from shared.api.entry import answered
from shared.api.router import Router
from shared.api.submit_jobs import router
from shared.clock import SystemClock
from shared.config import load
from shared.gcp import job_queue, job_store
from shared.telemetry import configure_logs
from shared.use_cases.command import CommandJob
from shared.use_cases.submit import Submit, defaults_of


@cache
def _router() -> Router:
    settings = load(os.environ)
    project = settings.need("google_cloud_project")
    configure_logs(settings.log_level, project)
    settings.need("gcs_bucket_name")  # a job that could never be stored is not taken
    jobs = job_store.FirestoreJobStore(job_store.client(project, settings.firestore_database))
    queue = job_queue.PubSubJobQueue(project, partial(job_queue.client, settings.pubsub_emulator_host))
    clock = SystemClock()
    return router(Submit(jobs, queue, clock, defaults_of(settings)), CommandJob(jobs, queue, clock), settings)


@functions_framework.aio.http
async def submit(request: Request) -> Response:
    """Answer one request."""
    return await answered(request, _router)
