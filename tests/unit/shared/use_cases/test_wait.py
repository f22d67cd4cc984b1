"""Waiting for a job, in memory: who is told what, when, and how it ends."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field

import pytest

from shared.domain.errors import Rejected, Unavailable
from shared.domain.job import Job
from shared.use_cases.wait import BEAT_SECONDS, Wait
from tests.builders import JOB_ID, a_job, a_job_in
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.job_store import FakeJobStore
from tests.fakes.job_watcher import FakeJobWatcher

MOST = 2


@dataclass
class Room:
    """Where jobs are waited for."""

    jobs: FakeJobStore = field(default_factory=FakeJobStore)
    clock: FakeClock = field(default_factory=lambda: FakeClock(patient=True))

    def __post_init__(self) -> None:
        self.watcher = FakeJobWatcher(self.jobs)
        self.wait = Wait(self.jobs, self.watcher, self.clock, MOST)
        self.jobs.has(a_job())

    def until(self, seconds: float, enough: Callable[[Job], bool] = lambda job: job.is_over) -> "asyncio.Task[Job]":
        """A wait that has begun."""
        return asyncio.create_task(self.wait.until(self.jobs.job(JOB_ID), seconds, enough))

    async def watched(self, by: int = 1) -> None:
        """Let everybody go on; so many watch then, and have heard what there is."""
        for _ in range(20):
            await asyncio.sleep(0)
        assert len(self.watcher.watches) == by
        assert all(watch.heard.empty() for watch in self.watcher.watches)


@pytest.fixture
def room() -> Room:
    """With one queued job."""
    return Room()


async def test_a_wait_ends_with_the_job(room: Room) -> None:
    """Not with a change before, and without another read."""
    waiting = room.until(60)
    await room.watched()
    room.jobs.has(a_job_in("generating", status_sequence=3))
    await room.watched()
    assert not waiting.done()
    room.jobs.has(a_job_in("completed", status_sequence=5))
    assert (await waiting).status == "completed"
    assert room.jobs.calls == []
    assert room.watcher.watches == []


async def test_a_wait_for_news_ends_with_any_change(room: Room) -> None:
    """The version that is had already is none."""
    waiting = room.until(60, lambda job: job.status_sequence != 1)
    await room.watched()
    room.jobs.has(a_job(attempt_count=1))
    await room.watched()
    assert not waiting.done()
    room.jobs.has(a_job_in("processing", status_sequence=2))
    assert (await waiting).status == "processing"


async def test_what_is_so_already_is_not_waited_for(room: Room) -> None:
    """Nor is a wait of no seconds."""
    room.jobs.has(a_job_in("failed"))
    assert (await room.until(60)).status == "failed"
    room.jobs.has(a_job())
    assert (await room.until(0)).status == "queued"
    assert room.clock.slept == []


async def test_a_wait_ends_in_time_with_the_job_as_it_is(room: Room) -> None:
    """As it is in the database: the watch may have been cut off."""
    waiting = room.until(20)
    await room.watched()
    with room.watcher.cut_off():
        room.jobs.has(a_job_in("completed", status_sequence=5))
    room.clock.move(19)
    await room.watched()
    assert not waiting.done()
    room.clock.move(1)
    assert (await waiting).status == "completed"


async def test_a_job_that_is_deleted_is_waited_for_no_more(room: Room) -> None:
    """It is as if it had never been; so is one whose document is gone."""
    waiting = room.until(60)
    await room.watched()
    room.jobs.has(a_job(deleted_at=NOON))
    with pytest.raises(Rejected) as refused:
        await waiting
    assert (refused.value.status, refused.value.code) == (404, "job_not_found")


async def test_there_is_room_for_so_many(room: Room) -> None:
    """Then 429, until one goes, however it goes."""
    first, second = room.until(60), room.until(60)
    await room.watched(by=2)
    with pytest.raises(Rejected) as refused:
        await room.until(60)
    assert (refused.value.status, refused.value.code, refused.value.retry_after > 0) == (429, "too_many_waiters", True)
    first.cancel()
    await room.watched(by=1)
    third = room.until(60)
    await room.watched(by=2)
    room.jobs.has(a_job_in("completed"))
    assert (await second).status == (await third).status == "completed"


async def test_a_database_that_fails_at_the_end_is_told_of(room: Room) -> None:
    """503, and nothing is left behind."""
    waiting = room.until(5)
    await room.watched()
    room.jobs.failures.refuse("get", Unavailable("down", "Down."))
    room.clock.move(5)
    with pytest.raises(Unavailable):
        await waiting
    assert room.watcher.watches == []


async def test_nobody_waits_in_an_instance_that_goes(room: Room) -> None:
    """They are answered with what there is; streams end without a word."""
    waiting = room.until(60)
    following = asyncio.create_task(told(room.wait.follow(a_job(), seen=1)))
    await room.watched(by=2)
    await room.wait.close()
    assert (await waiting).status == "queued"
    assert await following == []
    assert (await room.until(60)).status == "queued"
    assert room.watcher.watches == []


async def test_changes_are_told_once_in_order_until_the_end(room: Room) -> None:
    """The job as it is first; what is written and is no change is not told."""
    following = asyncio.create_task(told(room.wait.follow(room.jobs.job(JOB_ID), seen=None)))
    await room.watched()
    for number, status in ((2, "processing"), (2, "processing"), (3, "generating"), (5, "uploading"), (6, "completed")):
        room.jobs.has(a_job_in(status, status_sequence=number))  # type: ignore[arg-type]
    assert await following == [1, 2, 3, 5, 6]
    assert room.watcher.watches == []


@pytest.mark.parametrize(("seen", "expected"), [(1, [2]), (0, [1, 2]), (9, [1, 2])])
async def test_who_comes_back_is_told_what_it_lacks(room: Room, seen: int, expected: list[int]) -> None:
    """A version that this job never had is none that was seen."""
    following = asyncio.create_task(told(room.wait.follow(a_job(), seen=seen)))
    await room.watched()
    room.jobs.has(a_job_in("canceled", status_sequence=2))
    assert await following == expected


async def test_a_change_between_the_read_and_the_watch_is_told(room: Room) -> None:
    """The watch begins with the job as it is."""
    read = room.jobs.job(JOB_ID)
    room.jobs.has(a_job_in("failed", status_sequence=4))
    assert await told(room.wait.follow(read, seen=None)) == [1, 4]


async def test_silence_is_broken_by_a_beat(room: Room) -> None:
    """Each time that nothing has changed for so long."""
    async with aclosing(room.wait.follow(a_job(), seen=1)) as changes:
        for _ in range(2):
            beat = asyncio.ensure_future(anext(changes))
            await room.watched()
            room.clock.move(BEAT_SECONDS)
            assert await beat is None
        changed = asyncio.ensure_future(anext(changes))
        room.jobs.has(a_job_in("processing", status_sequence=2))
        assert await changed == room.jobs.job(JOB_ID)
    assert room.watcher.watches == []


@pytest.mark.parametrize("gone", ["deleted", "removed"])
async def test_a_stream_ends_with_a_job_that_goes(room: Room, gone: str) -> None:
    """There is nothing more to tell."""
    following = asyncio.create_task(told(room.wait.follow(a_job(), seen=None)))
    await room.watched()
    if gone == "deleted":
        room.jobs.has(a_job(deleted_at=NOON, status_sequence=2))
    else:
        room.jobs.remove(JOB_ID)
    assert await following == [1]


async def told(changes: AsyncIterator[Job | None]) -> list[int | None]:
    """The versions that a stream tells of, to its end."""
    async with asyncio.timeout(60):
        return [change.status_sequence if change else None async for change in changes]
