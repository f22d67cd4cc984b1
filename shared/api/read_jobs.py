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
from shared.api.contract_calls import ContractCalls
from shared.api.control_calls import ReadControls
from shared.api.cors import Cors
from shared.api.dashboard_calls import DashboardCalls
from shared.api.delivery_calls import ReadDeliveries
from shared.api.deprecation import deprecation_headers
from shared.api.dialects.iga import Tasks
from shared.api.dialects.studio import StudioJobs
from shared.api.dialects.studio_client import client
from shared.api.event_calls import EventCalls
from shared.api.headers import tenant_of
from shared.api.image_calls import ImageCalls
from shared.api.job_view import etag, view
from shared.api.key_calls import ReadKeys
from shared.api.limit_calls import LimitCalls
from shared.api.list_calls import ListCalls
from shared.api.model_calls import ModelCalls
from shared.api.pages import page_size, page_token, token_of
from shared.api.read_batches import ReadBatches
from shared.api.read_storyboards import ReadStoryboards
from shared.api.responses import base_url, json
from shared.api.router import Router
from shared.api.tenant_event_calls import TenantEventCalls
from shared.api.usage_calls import UsageCalls
from shared.api.views import JobPage
from shared.api.waiting import applied, unless_left, wait_of
from shared.config import Settings
from shared.domain.job import Job
from shared.ports import Clock, Identities, ImageStore, Stores
from shared.use_cases.follow_jobs import FollowJobs
from shared.use_cases.follow_storyboard import FollowStoryboard
from shared.use_cases.list_controls import ListControls, operator_of
from shared.use_cases.list_jobs import ListJobs
from shared.use_cases.list_keys import ListKeys
from shared.use_cases.pauses import Pauses
from shared.use_cases.public_links import PublicLinks
from shared.use_cases.queueing import Queueing
from shared.use_cases.read import Read
from shared.use_cases.read_batch import ReadBatch
from shared.use_cases.read_limits import ReadLimits
from shared.use_cases.read_storyboard import ReadStoryboard
from shared.use_cases.stats import ReadStats
from shared.use_cases.tenants import tenants_of
from shared.use_cases.usage import ReadUsage
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

    async def dead_letters(self, request: Request) -> Response:
        """GET /v1/dead-letters: a page of jobs that gave up, the newest first."""
        tenant = tenant_of(request)
        page, end = await self._read.dead_letters(tenant, page_size(request), page_token(request))
        base = base_url(request, self._settings)
        shown = JobPage(jobs=tuple(view(job, base) for job in page), next_page_token=token_of(request, end))
        return json(shown, 200, {"Cache-Control": "no-cache"})


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
    read_board = ReadStoryboard(stores.jobs, stores.batches, stores.ledger)
    batches = ReadBatches(ReadBatch(stores.jobs, stores.batches, stores.ledger), settings)
    boards = ReadStoryboards(read_board, FollowStoryboard(read_board, wait), gate, settings)
    figures = UsageCalls(ReadUsage(stores.ledger), ReadStats(stores.ledger, stores.jobs, clock), clock)
    catalogue = ModelCalls(clock, settings)
    contract = ContractCalls(settings)
    page = DashboardCalls(dashboard, settings)
    studio = StudioJobs(read, PublicLinks(stores.jobs, images, settings), settings)
    deliveries = ReadDeliveries(read, stores.batches, stores.deliveries)
    return bound("status", {
        "getHealth": health,
        "getContract": contract.openapi,
        "getDocs": contract.docs,
        "getDashboard": page.index,
        "getDashboardFile": page.file,
        "listJobs": ListCalls(ListJobs(stores.jobs), settings).get,
        "getJob": jobs.get,
        "followJobs": TenantEventCalls(FollowJobs(stores.jobs, wait, clock), gate, settings).get,
        "followJob": EventCalls(read, wait, gate, settings).get,
        "listDeliveries": deliveries.get,
        "listBatchDeliveries": deliveries.of_batch,
        "getImage": ImageCalls(read, clock).get,
        "listDeadLetters": jobs.dead_letters,
        "listBatches": batches.list,
        "getBatch": batches.get,
        "listStoryboards": boards.list,
        "getStoryboard": boards.get,
        "followStoryboard": boards.events,
        "getScenes": boards.scenes_json,
        "getScenesAsText": boards.scenes_markdown,
        "listModels": catalogue.models,
        "listStyles": catalogue.styles,
        "getUsage": figures.usage,
        "getStats": figures.stats,
        "getLimits": LimitCalls(ReadLimits(stores.accounts, tenants, clock)).get,
        "listControls": ReadControls(ListControls(stores.controls, operator_of(settings))).get,
        "getTask": Tasks(read).get,
        "getStudioJob": studio.get,
        "openPublicImage": studio.open,
        "getStudioClient": client,
        "listKeys": ReadKeys(ListKeys(stores.keys)).get,
    }, gate, settings.spoken, Cors(settings.origins))  # fmt: skip
