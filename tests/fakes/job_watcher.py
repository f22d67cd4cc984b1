"""Hears of every write to the fake store."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from shared.domain.job import Job
from shared.gcp.tenant_feed import FeedWatch
from shared.ports.watcher import Change
from tests.fakes.job_store import FakeJobStore


class FakeWatch:
    """A Watch."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[Job | None] = asyncio.Queue()

    async def next(self) -> Job | None:
        """See Watch.next."""
        return await self.heard.get()


class FakeJobWatcher:
    """A JobWatcher; `watches` and `feeds` are those of now."""

    def __init__(self, jobs: FakeJobStore) -> None:
        self.watches: list[FakeWatch] = []
        self.feeds: list[FeedWatch] = []
        self._jobs = jobs
        self._deaf = False

    @contextmanager
    def cut_off(self) -> Iterator[None]:
        """Within the block, nobody hears of anything."""
        self._deaf = True
        yield
        self._deaf = False

    @asynccontextmanager
    async def watch_tenant(self, tenant: str) -> AsyncIterator[FeedWatch]:
        """See JobWatcher.watch_tenant."""
        watch = FeedWatch()  # the very one that is real: it speaks to nobody
        own = {job.id: _version(job) for job in self._jobs.history if job.tenant == tenant}

        def changed(job_id: str, job: Job | None) -> None:
            if self._deaf or not (job_id in own or (job and job.tenant == tenant)):
                return
            before = own.pop(job_id, None)
            if job:
                own[job_id] = _version(job)
            if job is None or _version(job) != before:
                watch.tell(Change(job_id, job))

        if not self._deaf:
            watch.open()
        self._jobs.listeners.append(changed)
        self.feeds.append(watch)
        try:
            yield watch
        finally:
            self._jobs.listeners.remove(changed)
            self.feeds.remove(watch)

    @asynccontextmanager
    async def watch(self, job_id: str) -> AsyncIterator[FakeWatch]:
        """See JobWatcher.watch."""
        watch = FakeWatch()

        def changed(changed_id: str, job: Job | None) -> None:
            if changed_id == job_id and not self._deaf:
                watch.heard.put_nowait(job)

        watch.heard.put_nowait(self._jobs.find(job_id))
        self._jobs.listeners.append(changed)
        self.watches.append(watch)
        try:
            yield watch
        finally:
            self._jobs.listeners.remove(changed)
            self.watches.remove(watch)


def _version(job: Job) -> tuple[int, bool]:
    return job.status_sequence, job.deleted_at is not None
