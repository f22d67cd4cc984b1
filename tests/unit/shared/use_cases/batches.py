"""Batches, and all that looks after them, with fakes around it."""

from typing import Any

import msgspec

from shared.domain.batch import Batch, Item
from shared.domain.errors import Rejected
from shared.domain.job import Event, Job
from shared.domain.parent import Parent
from shared.domain.request import JobRequest, fingerprint
from shared.domain.tenant import Allowance, Tenant
from shared.use_cases.carry_out import CarryOut
from shared.use_cases.command import CommandJob
from shared.use_cases.command_batch import CommandBatch
from shared.use_cases.notify import Notify, Result
from shared.use_cases.parents import Parents
from shared.use_cases.read_batch import BatchState
from shared.use_cases.record_children import TOGETHER, RecordChildren
from shared.use_cases.submit_batch import SubmitBatch
from shared.use_cases.sweep import Repair
from shared.use_cases.tenants import RecentTenants
from tests.builders import DEFAULTS, a_caller, a_request
from tests.fakes.clock import NOON
from tests.fakes.tenant_store import FakeTenantStore
from tests.fakes.webhook_sender import FakeWebhookSender
from tests.unit.shared.use_cases.workshop import Workshop

CALLER = a_caller(idempotency_key="batch-1")


class Batches:
    """What `submit` has for batches; a workshop has the rest of the world."""

    def __init__(self, tenant: Tenant | None = None, *, signs: bool = False, together: int = TOGETHER) -> None:
        self._together = together
        self._defaults = msgspec.structs.replace(DEFAULTS, webhooks=signs)
        self.shop = Workshop()
        self.jobs, self.parents, self.queue = self.shop.jobs, self.shop.batches, self.shop.queue
        self.clock = self.shop.clock
        self._tenants = RecentTenants(self.shop.stores.tenants, self.clock)
        if tenant:
            self.becomes(tenant)
        self.submit = self.instance()
        of_parents = Parents(self.jobs, self.parents, self.queue, self.clock)
        self.command_job = CommandJob(self.jobs, self.queue, self._tenants, self.clock, of_parents)
        by_pages = CommandJob(self.jobs, self.queue, self._tenants, self.clock)
        self.carry_out = CarryOut(self.jobs, self.parents, self.clock, command=by_pages, of_parents=of_parents)
        self.command = CommandBatch(self.parents, self.carry_out, self.clock)
        self.sender = FakeWebhookSender(self.clock)
        self._notify = Notify(
            self.shop.stores, self._tenants, self.queue, self.clock, sender=self.sender, payload=_payload
        )

    def instance(self) -> SubmitBatch:
        """Another process of `submit`."""
        record = RecordChildren(self.jobs, self.parents, self.queue, self.clock, together=self._together)
        return SubmitBatch(self.jobs, self.parents, self._tenants, self.clock, record=record, defaults=self._defaults)

    def becomes(self, tenant: Tenant) -> None:
        """The tenant changes."""
        store = self.shop.stores.tenants
        assert isinstance(store, FakeTenantStore)
        store.has(tenant)

    async def take(self, *items: JobRequest | Rejected, **batch: Any) -> Parent:
        """The batch of these requests, or of three, under the key `batch-1`."""
        parent, _ = await self.submit(a_batch(*items, **batch), CALLER)
        return parent

    def parent(self) -> Parent:
        """The one that there is, as it is stored."""
        (parent_id,) = {parent.id for parent in self.parents.history}
        found = self.parents.parent(parent_id)
        assert found is not None
        return found

    def children(self) -> list[Job]:
        """Those that are stored, by their index."""
        stored = {job.id: self.jobs.find(job.id) for job in self.jobs.history if job.parent_id}
        found = [job for job in stored.values() if job]
        return sorted(found, key=lambda job: job.parent_index or 0)

    async def hear(self, event: Event) -> Result:
        """A message of the event arrives."""
        return await self._notify(event, self.parent().id)

    async def run(self) -> None:
        """Every announced job is worked on, as often as it is announced."""
        while self.queue.announced:
            await self.shop.deliver(self.queue.announced.pop(0).id)

    async def swept(self, after: float = 0) -> dict[Repair, int]:
        """The scheduler ticks, so many seconds later."""
        self.clock.move(after)
        return await self.shop.swept()


def _payload(event: Event, about: Job | BatchState) -> str:
    assert isinstance(about, BatchState)
    return f"{event.type} of {sum(about.counts.values())}"


def requests(count: int, **changes: Any) -> list[JobRequest]:
    """So many different ones, whose pictures are their own."""
    return [a_request(prompt=f"fox {number}", cache="off", priority="batch", **changes) for number in range(count)]


def a_batch(*items: JobRequest | Rejected, **batch: Any) -> Batch:
    """A batch of these, or of three."""
    return Batch([_item(item) for item in items or requests(3)], **batch)


def _item(asked: JobRequest | Rejected) -> Item:
    return Item(asked, fingerprint(asked) if isinstance(asked, JobRequest) else asked.detail)


BAD = Rejected(400, "invalid_request", "/n must be 1 to 10.", errors=(("/n", "must be 1 to 10"),))


def limited(jobs_in_flight: int | None = None) -> Tenant:
    """The tenant of the batch."""
    return Tenant(id="local", created_at=NOON, limits=Allowance(jobs_in_flight=jobs_in_flight))
