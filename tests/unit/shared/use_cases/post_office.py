"""`notify` and `sweep` with fakes all around them, and one job whose webhook wants every event."""

from typing import Any

from shared.domain.job import Event
from shared.domain.request import Webhook
from shared.use_cases.notify import Notify, Result
from shared.use_cases.receivers import Receivers
from shared.use_cases.sweep import Sweep
from shared.use_cases.tenants import RecentTenants
from tests.builders import a_job, an_event
from tests.fakes.clock import FakeClock
from tests.fakes.delivery_store import FakeDeliveryStore
from tests.fakes.endpoint_store import FakeEndpointStore
from tests.fakes.image_store import FakeImageStore
from tests.fakes.job_queue import FakeJobQueue
from tests.fakes.job_store import FakeJobStore
from tests.fakes.stores import fake_stores
from tests.fakes.tenant_store import FakeTenantStore
from tests.fakes.webhook_sender import FakeWebhookSender

FIRST = an_event(2, type="job.processing")
SECOND = an_event(3, type="job.generating", after=FIRST.event_id)
THIRD = an_event(4, type="job.completed", after=SECOND.event_id)


class PostOffice:
    """All that an event meets on its way to the receiver."""

    def __init__(
        self,
        *,
        sender: type[FakeWebhookSender] = FakeWebhookSender,
        receivers: Receivers | None = None,
        **job: Any,
    ) -> None:
        self.jobs, self.deliveries, self.queue, self.clock = (
            FakeJobStore(),
            FakeDeliveryStore(),
            FakeJobQueue(),
            FakeClock(),
        )
        self.sender = sender(self.clock)
        self.endpoints, self.tenants = FakeEndpointStore(), FakeTenantStore()
        stores = fake_stores(jobs=self.jobs, deliveries=self.deliveries, endpoints=self.endpoints, tenants=self.tenants)
        tenants = RecentTenants(stores.tenants, self.clock)
        self.sweep = Sweep(stores, self.queue, FakeImageStore(), self.clock, tenants)
        self.jobs.has(a_job(**{"webhook": Webhook(url="https://receiver.test/hook"), "wake_at": None} | job))
        self.notify = Notify(
            stores,
            tenants,
            self.queue,
            self.clock,
            sender=self.sender,
            payload=lambda event, _: event.type,
            receivers=receivers,
        )

    async def hear(self, *events: Event) -> list[Result]:
        """A message of each event arrives."""
        return [await self.notify(event, event.event_id[4:30]) for event in events]

    async def post(self) -> None:
        """Every message that was published meanwhile arrives."""
        while self.queue.told:
            told, self.queue.told = self.queue.told, []
            await self.hear(*told)

    async def minutes(self, number: int) -> None:
        """So many minutes pass, with a sweep in each."""
        for _ in range(number):
            self.clock.move(60)
            await self.sweep()
            await self.post()

    @property
    def got(self) -> list[str]:
        """The types of the events that the receiver was sent, in order."""
        return [payload for _, _, payload in self.sender.sent]

    def state(self, event: Event) -> str:
        """Of an event's delivery."""
        return self.deliveries.delivery(event.event_id).state
