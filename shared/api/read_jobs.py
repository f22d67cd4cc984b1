"""The calls of `status`: parse, call the use case, render."""

from functools import partial
from pathlib import Path
from typing import Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from shared.api.auth import gate_of
from shared.api.binding import bound
from shared.api.conditional import NO_CACHE, is_known
from shared.api.cors import Cors
from shared.api.deprecation import deprecation_headers
from shared.api.headers import tenant_of
from shared.api.job_view import etag, view
from shared.api.later import later
from shared.api.read_parts import ReadParts, World
from shared.api.responses import base_url, json
from shared.api.router import Router
from shared.api.waiting import applied, unless_left, wait_of
from shared.config import Settings
from shared.domain.job import Job
from shared.ports import Clock, Identities, ImageStore, Stores
from shared.use_cases.pauses import Pauses
from shared.use_cases.queueing import Queueing
from shared.use_cases.read import Read
from shared.use_cases.tenants import tenants_of
from shared.use_cases.wait import Wait


class ReadJobs:
    """GET of jobs."""

    def __init__(self, read: Read, wait: Wait, queueing: Queueing, settings: Settings) -> None:
        self._read = read
        self._wait = wait
        self._queueing = queueing
        self._settings = settings

    async def get(self, request: Request) -> Response:
        """GET /v1/jobs/{id}; with `Prefer: wait`, once it has ended or, with If-None-Match, has another version."""
        tenant = tenant_of(request)
        job = await self._read.job(tenant, request.path_params["job_id"])
        seconds, knows_one = wait_of(request), "if-none-match" in request.headers
        if seconds is not None:
            wait = self._wait.until(job, seconds, partial(_is_news, request) if knows_one else _is_over)
            job = await unless_left(request, wait, otherwise=job)
        base = base_url(request, self._settings)
        headers = {"ETag": etag(job), **NO_CACHE, **deprecation_headers(job.deprecation, base), **applied(seconds)}
        if is_known(request, etag(job)):
            return Response(status_code=304, headers=headers)
        return json(view(job, base, await self._queueing(job)), 200, headers)


def _is_news(request: Request, job: Job) -> bool:
    return not is_known(request, etag(job))


def _is_over(job: Job) -> bool:
    return job.is_over


class Health(msgspec.Struct, frozen=True):
    """The process answers."""

    status: Literal["ok"] = "ok"


async def health(_: Request) -> Response:
    """GET /health: the process answers; it asks nobody else."""
    return json(Health(), 200, {})


def router(
    stores: Stores,
    images: ImageStore,
    clock: Clock,
    settings: Settings,
    *,
    wait: Wait,
    identities: Identities | None = None,
    dashboard: Path | None = None,
) -> Router:
    """Every call that `status` answers; `dashboard`: where the page's files are."""
    tenants = tenants_of(stores.tenants, clock, settings)
    gate = gate_of(stores, tenants, identities, clock, settings)
    read = Read(stores.jobs, images)
    jobs = ReadJobs(read, wait, Queueing(stores.jobs, Pauses(stores.controls, clock), clock), settings)
    parts = ReadParts(World(stores, images, clock, settings, tenants, gate, wait, read, dashboard))
    return bound("status", {
        "getJob": jobs.get,
        "getHealth": health,
        "getContract": later(lambda: parts.contract.openapi),
        "getDocs": later(lambda: parts.contract.docs),
        "getDashboard": later(lambda: parts.page.index),
        "getDashboardFile": later(lambda: parts.page.file),
        "listJobs": later(lambda: parts.listing.get),
        "followJobs": later(lambda: parts.all_events.get),
        "followJob": later(lambda: parts.events.get),
        "listDeliveries": later(lambda: parts.deliveries.get),
        "listBatchDeliveries": later(lambda: parts.deliveries.of_batch),
        "getImage": later(lambda: parts.images.get),
        "listDeadLetters": later(lambda: parts.dead_letters.get),
        "listBatches": later(lambda: parts.batches.list),
        "getBatch": later(lambda: parts.batches.get),
        "listStoryboards": later(lambda: parts.boards.list),
        "getStoryboard": later(lambda: parts.boards.get),
        "followStoryboard": later(lambda: parts.boards.events),
        "getScenes": later(lambda: parts.boards.scenes_json),
        "getScenesAsText": later(lambda: parts.boards.scenes_markdown),
        "listModels": later(lambda: parts.models.models),
        "listStyles": later(lambda: parts.models.styles),
        "getUsage": later(lambda: parts.figures.usage),
        "getStats": later(lambda: parts.figures.stats),
        "getLimits": later(lambda: parts.limits.get),
        "listControls": later(lambda: parts.controls.get),
        "getTask": later(lambda: parts.tasks.get),
        "getStudioJob": later(lambda: parts.studio.get),
        "openPublicImage": later(lambda: parts.studio.open),
        "getStudioClient": later(lambda: parts.studio_client),
        "listKeys": later(lambda: parts.keys.get),
    }, gate, settings.spoken, Cors(settings.origins))  # fmt: skip
