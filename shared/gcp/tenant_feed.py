"""What all who follow a tenant share: what was told of its jobs, and what each has not taken yet."""

import asyncio
from collections import OrderedDict
from datetime import datetime
from typing import NamedTuple

from shared.domain.job import Job
from shared.ports.watcher import Change

REMEMBERED = 10_000  # jobs whose last version is known; of another, an unchanged one may be told again


class Version(NamedTuple):
    """What tells one version of a job from another; `at` is when it was written."""

    at: datetime
    sequence: int
    deleted: bool


class FeedWatch:
    """A TenantWatch: changes that are not taken yet, the last of each job.

    Who is slow is given fewer, not later ones: what waits for it is never more than there are jobs.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, Change] = {}
        self._heard = asyncio.Event()
        self._opened = asyncio.Event()

    async def opened(self) -> None:
        """See TenantWatch.opened."""
        await self._opened.wait()

    async def next(self) -> tuple[Change, ...]:
        """See TenantWatch.next."""
        await self._heard.wait()
        changes = tuple(self._waiting.values())
        self._waiting.clear()
        self._heard.clear()
        return changes

    def open(self) -> None:
        """From now on, each change is heard."""
        self._opened.set()

    def tell(self, change: Change) -> None:
        """There is news; of one job, the last comes last."""
        self._waiting.pop(change.job_id, None)
        self._waiting[change.job_id] = change
        self._heard.set()


class TenantFeed:
    """One tenant's jobs: who follows them, and what they were told last."""

    def __init__(self) -> None:
        self.watches: set[FeedWatch] = set()
        self._is_open = False
        self._told: OrderedDict[str, Version] = OrderedDict()  # by job

    def join(self, watch: FeedWatch) -> None:
        """Let one more know."""
        self.watches.add(watch)
        if self._is_open:
            watch.open()

    def open(self) -> None:
        """All that had changed was said: what comes now is news."""
        self._is_open = True
        for watch in self.watches:
            watch.open()

    def is_news(self, job_id: str, version: Version) -> bool:
        """Whether to tell of this version: a stream that was opened anew repeats itself.

        Nor is one told of in which nothing has changed but what is ours alone, such as a lease.
        """
        known = self._told.get(job_id)
        if known is not None and (version.at <= known.at or version[1:] == known[1:]):
            return False
        self._told[job_id] = version
        self._told.move_to_end(job_id)
        if len(self._told) > REMEMBERED:
            self._told.popitem(last=False)
        return self._is_open

    def gone(self, job_id: str) -> None:
        """There is no such job any more."""
        self._told.pop(job_id, None)
        if self._is_open:
            self.tell(job_id, None)

    def tell(self, job_id: str, job: Job | None) -> None:
        """Pass it on."""
        for watch in self.watches:
            watch.tell(Change(job_id, job))
