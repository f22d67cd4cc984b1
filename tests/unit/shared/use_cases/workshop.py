"""`generate` with fakes all around it, and one job."""

from typing import Any

from shared.domain.errors import ProviderError
from shared.domain.job import Job
from shared.idempotency import LeaseRules
from shared.ports import ImageProvider
from shared.use_cases.board_attempt import Boards
from shared.use_cases.generate import Generate, Limits, Result
from shared.use_cases.record_scenes import record_scenes_of
from shared.use_cases.sweep import Repair, Sweep
from shared.use_cases.tenants import RecentTenants
from tests.builders import DEFAULTS, JOB_ID, a_job
from tests.fakes.clock import FakeClock
from tests.fakes.control_store import FakeControlStore
from tests.fakes.delivery_store import FakeDeliveryStore
from tests.fakes.image_processor import FakeImageProcessor
from tests.fakes.image_provider import FakeImageProvider
from tests.fakes.image_store import FakeImageStore
from tests.fakes.job_queue import FakeJobQueue
from tests.fakes.job_store import FakeJobStore
from tests.fakes.parent_store import FakeParentStore
from tests.fakes.picture_reader import FakePictureReader
from tests.fakes.scene_writer import FakeSceneWriter
from tests.fakes.stores import fake_stores

RULES = LeaseRules(seconds=180, max_attempts=3)


class Workshop:
    """Everything that a delivery meets; cache is off unless the test is about it."""

    def __init__(self, job: Job | None = None, *, places: int = 4, images: FakeImageStore | None = None) -> None:
        self.jobs, self.queue, self.clock = FakeJobStore(), FakeJobQueue(), FakeClock()
        self.images = images or FakeImageStore()
        self.provider, self.processor = FakeImageProvider(), FakeImageProcessor()
        self.not_configured: dict[str, str] = {}  # providers that this deployment cannot make, and by which code
        self.pictures = FakePictureReader()
        self.controls, self.deliveries = FakeControlStore(), FakeDeliveryStore()
        self.batches = FakeParentStore(self.jobs.accounts)
        self.stores = fake_stores(
            jobs=self.jobs, deliveries=self.deliveries, controls=self.controls, batches=self.batches
        )
        self.writer = FakeSceneWriter()
        self.generate = self.instance(places)
        tenants = RecentTenants(self.stores.tenants, self.clock)
        self.sweep = Sweep(self.stores, self.queue, self.images, self.clock, tenants)
        if job:
            self.jobs.has(job)

    def instance(self, places: int = 4) -> Generate:
        """Another instance of the function, with the same world around it."""

        async def provider(name: str) -> ImageProvider:
            if name in self.not_configured:
                raise ProviderError("PERMANENT", self.not_configured[name], f"{name} has no key here.")
            return self.provider

        limits = Limits(RULES, places)
        world = (self.stores, self.images, self.queue, self.clock, self.processor)
        tenants = RecentTenants(self.stores.tenants, self.clock)
        record = record_scenes_of(self.stores, self.queue, self.clock, tenants=tenants, defaults=DEFAULTS)
        self.boards = Boards(self.writer, record)
        return Generate(*world, provider=provider, pictures=self.pictures, limits=limits, boards=self.boards)

    async def deliver(self, job_id: str = JOB_ID) -> Result:
        """A delivery arrives."""
        return await self.generate(job_id)

    async def swept(self) -> dict[Repair, int]:
        """The scheduler ticks."""
        return await self.sweep()

    @property
    def job(self) -> Job:
        """As it is stored."""
        return self.jobs.job(JOB_ID)

    def names(self) -> list[str]:
        """Of the objects in the bucket."""
        return sorted(self.images.objects)


def a_plain_job(**changes: Any) -> Job:
    """A queued job that shares no pixels with others."""
    return a_job(**{"cache": "off"} | changes)
