"""Waiting for a job: until it is as it is waited for, or change by change.

    request ──read──> job ──as wanted? ─────────────────────────────> answer
                            └─ watch: job, change, change … or time is up ┘

What was read decides who may wait; what is watched then begins with the job as it is, so that no change can fall
between the two. `status_sequence` tells a change from a repetition.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from typing import Any, TypeVar

from shared.domain.errors import Rejected
from shared.domain.job import Job
from shared.ports import Clock, JobStore
from shared.ports.watcher import JobWatcher, TenantWatch
from shared.use_cases.sources import own_job

T = TypeVar("T")

BEAT_SECONDS = 15.0  # within a minute, proxies take a silent connection for a dead one
RETRY_SECONDS = 5  # after which one of those who wait has probably gone


class Wait:
    """`Prefer: wait`, and server-sent events; `most` may wait at once in this process."""

    def __init__(self, jobs: JobStore, watcher: JobWatcher, clock: Clock, most: int) -> None:
        self._jobs = jobs
        self._watcher = watcher
        self._clock = clock
        self._most = most
        self._waiting = 0
        self._timers: set[asyncio.Task[None]] = set()
        self._closed = False

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place among those who wait, within the block.

        Raises:
            Rejected: 429, there is none.
        """
        if self._waiting >= self._most:
            text = f"{self._most} requests wait here already. Ask again in some seconds, or without waiting."
            raise Rejected(429, "too_many_waiters", text, retry_after=RETRY_SECONDS)
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1

    async def until(self, job: Job, seconds: float, enough: Callable[[Job], bool]) -> Job:
        """The job as soon as it is `enough`; after so many seconds, or when the instance goes, as it is then.

        Raises:
            Rejected: 404, it was deleted meanwhile; 429, too many wait.
            Unavailable: the database does not answer.
        """
        if enough(job) or not seconds or self._closed:
            return job
        with self.place(), self._timer(seconds) as timer, suppress(TimeoutError):
            async with self._watcher.watch(job.id) as watch:
                while (found := await _news(watch.next(), timer)) and not found.deleted_at:
                    if found.status_sequence >= job.status_sequence and enough(found):
                        return found
        now = await own_job(self._jobs, job.id, job.tenant)  # also where the stream of changes is broken just now
        if now is None:
            raise Rejected(404, "job_not_found", f"There is no job {job.id}.")
        return now

    async def follow(self, job: Job, seen: int | None) -> AsyncGenerator[Job | None]:
        """The job, unless its version was `seen`, then each change, once and in order, until its end.

        None whenever nothing has changed for BEAT_SECONDS. It ends also when the job is deleted or the instance goes.
        Changes in quick succession may come as one: the job's timeline has them all. To be used with a place.
        """
        if job.status_sequence != seen:
            yield job
        async with self._watcher.watch(job.id) as watch:
            while not (job.is_over or self._closed):
                try:
                    with self._timer(BEAT_SECONDS) as timer:
                        found = await _news(watch.next(), timer)
                except TimeoutError:
                    if not self._closed:
                        yield None
                    continue
                if found is None or found.deleted_at:
                    return
                if found.status_sequence > job.status_sequence:
                    job = found
                    yield job

    def watch_tenant(self, tenant: str) -> AbstractAsyncContextManager[TenantWatch]:
        """See JobWatcher.watch_tenant. To be used with a place."""
        return self._watcher.watch_tenant(tenant)

    async def heard(self, hearing: Coroutine[Any, Any, T]) -> T | None:
        """What is heard; None where that takes longer than BEAT_SECONDS, or the instance goes: see `closed`."""
        try:
            with self._timer(BEAT_SECONDS) as timer:
                return await _news(hearing, timer)
        except TimeoutError:
            return None

    @property
    def closed(self) -> bool:
        """Whether nobody is to wait any longer."""
        return self._closed

    async def close(self) -> None:
        """The instance goes: nobody waits any longer."""
        self._closed = True
        for timer in self._timers:
            timer.cancel()

    @contextmanager
    def _timer(self, seconds: float) -> Iterator[asyncio.Task[None]]:
        timer = asyncio.ensure_future(self._clock.sleep(seconds))
        self._timers.add(timer)
        try:
            yield timer
        finally:
            self._timers.discard(timer)
            timer.cancel()


async def _news(next_one: Coroutine[Any, Any, T], timer: "asyncio.Task[None]") -> T:
    """What is heard next.

    Raises:
        TimeoutError: the time is up before.
    """
    hearing = asyncio.ensure_future(next_one)
    try:
        await asyncio.wait({hearing, timer}, return_when=asyncio.FIRST_COMPLETED)
        if not hearing.done():
            raise TimeoutError
        return hearing.result()
    finally:
        hearing.cancel()
