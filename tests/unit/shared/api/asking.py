"""A router, asked over HTTP without a network, with fakes behind it."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from shared.api import openai_images, read_jobs, submit_jobs
from shared.api.router import Router
from shared.config import Settings
from shared.imaging.masks import PillowMasks
from shared.ports import Identities
from shared.use_cases.wait import Wait
from tests.fakes.clock import FakeClock
from tests.fakes.control_store import FakeControlStore
from tests.fakes.delivery_store import FakeDeliveryStore
from tests.fakes.image_store import FakeImageStore
from tests.fakes.job_queue import FakeJobQueue
from tests.fakes.job_store import FakeJobStore
from tests.fakes.job_watcher import FakeJobWatcher
from tests.fakes.key_store import FakeKeyStore
from tests.fakes.ledger import FakeLedger
from tests.fakes.parent_store import FakeParentStore
from tests.fakes.stores import fake_stores
from tests.fakes.tenant_store import FakeTenantStore
from tests.fakes.upload_signer import FakeUploadSigner

OPEN = Settings(auth_mode="none")


class Client:
    """Asks one router; follows no redirect. What the router lets out is raised here."""

    def __init__(self, router: Router) -> None:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            answer = await router(Request(scope, receive))
            await answer(scope, receive, send)

        self.app = app

    def __call__(self, method: str, path: str, **request: Any) -> httpx.Response:
        """One request; as httpx takes it."""
        return asyncio.run(self._answer(method, path, **request))

    def get(self, path: str, **request: Any) -> httpx.Response:
        """GET."""
        return self("GET", path, **request)

    def post(self, path: str, **request: Any) -> httpx.Response:
        """POST."""
        return self("POST", path, **request)

    async def _answer(self, method: str, path: str, **request: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as client:
            return await client.request(method, path, **request)


class Api:
    """`submit`, `status` and `openai` on the same fakes."""

    def __init__(
        self,
        settings: Settings = OPEN,
        clock: FakeClock | None = None,
        identities: Identities | None = None,
        dashboard: Path | None = None,
    ) -> None:
        self.jobs, self.queue, self.images = FakeJobStore(), FakeJobQueue(), FakeImageStore()
        self.clock = clock or FakeClock()
        self.deliveries = FakeDeliveryStore()
        self.uploads = FakeUploadSigner()
        self.tenants, self.keys = FakeTenantStore(), FakeKeyStore()
        self.batches = FakeParentStore(self.jobs.accounts)
        ledger = FakeLedger(self.jobs.ledger)
        self.controls = FakeControlStore()
        stores = fake_stores(
            jobs=self.jobs,
            deliveries=self.deliveries,
            ledger=ledger,
            tenants=self.tenants,
            keys=self.keys,
            batches=self.batches,
            controls=self.controls,
            accounts=self.jobs.accounts,
        )
        self.watcher = FakeJobWatcher(self.jobs)
        self.wait = wait = Wait(self.jobs, self.watcher, self.clock, settings.max_waiters)
        more: dict[str, Any] = {"wait": wait, "identities": identities}
        self.submit = Client(submit_jobs.router(stores, self.queue, self.uploads, self.clock, settings, **more))
        reads = read_jobs.router(stores, self.images, self.clock, settings, **more, dashboard=dashboard)
        self.status = Client(reads)
        more["masks"] = PillowMasks()
        self.openai = Client(openai_images.router(stores, self.queue, self.images, self.clock, settings, **more))
