"""Announcements in a list."""

import asyncio
from collections.abc import Sequence

from shared.domain.job import Event, Job
from tests.fakes.failures import Failures


class FakeJobQueue:
    """A JobQueue that remembers what it was told."""

    def __init__(self) -> None:
        self.failures = Failures()
        self.announced: list[Job] = []
        self.told: list[Event] = []

    async def announce(self, job: Job) -> None:
        """See JobQueue.announce."""
        await asyncio.sleep(0)
        self.failures.before("announce")
        self.announced.append(job)
        self.failures.after("announce")

    async def announce_all(self, jobs: Sequence[Job]) -> None:
        """See JobQueue.announce_all."""
        await asyncio.sleep(0)
        self.failures.before("announce_all")
        self.announced += jobs
        self.failures.after("announce_all")

    async def tell(self, job_id: str, event: Event) -> None:  # noqa: ARG002 - the event says all
        """See JobQueue.tell."""
        await asyncio.sleep(0)
        self.failures.before("tell")
        self.told.append(event)
        self.failures.after("tell")

    @property
    def ids(self) -> list[str]:
        """The ids of the announced jobs, in order."""
        return [job.id for job in self.announced]
