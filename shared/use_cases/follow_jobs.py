"""All jobs of a tenant, change by change.

    watch ─── opened ─┬─ the beginning ─┬─ what changed since a time, page by page ─┬─ each change as it happens …
      hears from here on                └─ where the caller says since when ────────┘

What is read of the past and what is heard meanwhile may be the same: a version is told once, and never after a later
one. A change has the time at which it was begun, by its writer's clock; so the past begins OVERLAP before the time that
is asked for, and what lies between is told again.
"""

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import AbstractContextManager, aclosing
from datetime import datetime, timedelta
from typing import NamedTuple

from shared.domain.job import Job
from shared.ports import Clock, JobStore, Position
from shared.ports.watcher import Change, TenantWatch
from shared.use_cases.wait import Wait

PAGE = 100  # jobs
OVERLAP = timedelta(minutes=1)


class Told(NamedTuple):
    """What there is to tell, and from when to go on after it."""

    at: datetime
    change: Change | None = None  # None: changes are heard from now on


class FollowJobs:
    """GET /v1/events."""

    def __init__(self, jobs: JobStore, wait: Wait, clock: Clock) -> None:
        self._jobs = jobs
        self._wait = wait
        self._clock = clock

    def place(self) -> AbstractContextManager[None]:
        """See Wait.place."""
        return self._wait.place()

    async def __call__(self, tenant: str, since: datetime | None) -> AsyncGenerator[Sequence[Told] | None]:
        """The beginning, then what changed after `since`, then each change; it ends when the instance goes.

        None whenever nothing has happened for a while.

        Raises:
            Unavailable: what changed before cannot be read.
        """
        async with self._wait.watch_tenant(tenant) as watch:
            while not await self._wait.heard(_opened(watch)):
                if self._wait.closed:
                    return
                yield None
            stream = _Stream(since or self._clock.now())
            yield [Told(stream.at)]
            if since:
                async with aclosing(self._past(tenant, since)) as pages:
                    async for jobs in pages:
                        yield stream.told((Change(job.id, job) for job in jobs), past=True)
            while not self._wait.closed:
                changes = await self._wait.heard(watch.next())
                if changes is not None:
                    yield stream.told(changes)
                elif not self._wait.closed:
                    yield None

    async def _past(self, tenant: str, since: datetime) -> AsyncGenerator[list[Job]]:
        begin, after, more = _before(since), None, True
        while more and not self._wait.closed:
            page = [stored.job for stored in await self._jobs.changed(tenant, begin, PAGE, after)]
            yield page
            after = Position(page[-1].updated_at, page[-1].id) if page else None
            more = len(page) == PAGE


class _Stream:
    """How far one stream has come."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self._past: dict[str, tuple[int, bool]] = {}  # what was told of the past: a change of before may be heard yet

    def told(self, changes: Iterable[Change], *, past: bool = False) -> list[Told]:
        """What of these changes is to be told."""
        found = []
        for change in changes:
            if job := change.job:
                version = (job.status_sequence, job.deleted_at is not None)
                if self._past.get(job.id, (0, False)) >= version:
                    continue
                if past or job.id in self._past:
                    self._past[job.id] = version
                self.at = max(self.at, job.updated_at)
            found.append(Told(self.at, change))
        return found


async def _opened(watch: TenantWatch) -> bool:
    await watch.opened()
    return True


def _before(since: datetime) -> datetime:
    return since - min(OVERLAP, since - datetime.min.replace(tzinfo=since.tzinfo))
