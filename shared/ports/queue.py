"""How workers and receivers are told."""

from collections.abc import Sequence
from typing import Protocol

from shared.domain.job import Event, Job


class JobQueue(Protocol):
    """Announcements of jobs; one may be lost or come twice."""

    async def announce(self, job: Job) -> None:
        """Tell the workers of the job's lane that there is work.

        Raises:
            Unavailable: it may not have been told.
        """
        ...

    async def announce_all(self, jobs: Sequence[Job]) -> None:
        """Tell the workers of each job's lane that there is work; one call tells of many jobs.

        Raises:
            Unavailable: some, or all, may not have been told.
        """
        ...

    async def tell(self, job_id: str, event: Event) -> None:
        """Publish an event of a job, for whoever delivers it to the user.

        Raises:
            Unavailable: it may not have been published.
        """
        ...
