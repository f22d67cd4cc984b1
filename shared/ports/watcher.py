"""Hearing of a job's changes as they happen."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from shared.domain.job import Job


class Watch(Protocol):
    """What is heard of one job."""

    async def next(self) -> Job | None:
        """The job as it is now, then as it is after each change; None: there is none, or none any more.

        It waits as long as it takes, also for a database that does not answer. A version is given once, and never
        after a later one; of several in quick succession some may be left out, never the last. A wait that is
        cancelled loses nothing.
        """
        ...


class JobWatcher(Protocol):
    """The jobs of the database, looked at for as long as somebody wants to know; nobody asks again and again."""

    def watch(self, job_id: str) -> AbstractAsyncContextManager[Watch]:
        """Hear of this job within the block."""
        ...
