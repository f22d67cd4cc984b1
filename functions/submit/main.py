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
from shared.gcp import delivery_store, documents, job_queue, job_store
from shared.telemetry import configure_logs
from shared.use_cases.command import CommandJob
from shared.use_cases.plan import defaults_of
from shared.use_cases.redeliver import Redeliver
from shared.use_cases.submit import Submit


@cache
def _router() -> Router:
    settings = load(os.environ)
    project = settings.need("google_cloud_project")
    configure_logs(settings.log_level, project)
    settings.need("gcs_bucket_name")  # a job that could never be stored is not taken
    firestore = documents.client(project, settings.firestore_database)
    jobs, deliveries = job_store.FirestoreJobStore(firestore), delivery_store.FirestoreDeliveryStore(firestore)
    queue = job_queue.PubSubJobQueue(project, partial(job_queue.client, settings.pubsub_emulator_host))
    clock = SystemClock(settings.clock_offset_file)
    submit, command = Submit(jobs, queue, clock, defaults_of(settings)), CommandJob(jobs, queue, clock)
    return router(submit, command, Redeliver(deliveries, queue, clock), settings)


@functions_framework.aio.http
async def submit(request: Request) -> Response:
    """Answer one request."""
    return await answered(request, _router)
