"""Hearing of jobs' changes as they happen."""

from contextlib import AbstractAsyncContextManager
from typing import NamedTuple, Protocol

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


class Change(NamedTuple):
    """A job after a change of its; a deleted one says so itself."""

    job_id: str
    job: Job | None  # None: there is none any more


class TenantWatch(Protocol):
    """What is heard of all jobs of a tenant."""

    async def opened(self) -> None:
        """Return once each change that comes is heard; as long as the database does not answer, none is."""
        ...

    async def next(self) -> tuple[Change, ...]:
        """The changes since the last call, at least one, each job once and as it is after its last.

        Of a job, a version (`status_sequence`) never comes after a later one; rarely, one comes twice. A wait that is
        cancelled loses nothing.
        """
        ...


class JobWatcher(Protocol):
    """The jobs of the database, looked at for as long as somebody wants to know; nobody asks again and again."""

    def watch(self, job_id: str) -> AbstractAsyncContextManager[Watch]:
        """Hear of this job within the block."""
        ...

    def watch_tenant(self, tenant: str) -> AbstractAsyncContextManager[TenantWatch]:
        """Hear of each change of the tenant's jobs within the block, of new and of deleted ones too."""
        ...
