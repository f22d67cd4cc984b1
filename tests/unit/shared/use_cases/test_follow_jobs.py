"""All jobs of a tenant, followed in memory: what is told, in which order, and from when to go on."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from shared.domain.errors import Unavailable
from shared.use_cases.follow_jobs import PAGE, FollowJobs, Told
from shared.use_cases.wait import BEAT_SECONDS, Wait
from tests.builders import JOB_ID, a_job
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.job_store import FakeJobStore
from tests.fakes.job_watcher import FakeJobWatcher

OTHER = "b" * 26
Line = tuple[str, int | None]  # a job's id and version, or what else is told


@dataclass
class Room:
    """Where jobs are followed."""

    jobs: FakeJobStore = field(default_factory=FakeJobStore)
    clock: FakeClock = field(default_factory=lambda: FakeClock(patient=True))

    def __post_init__(self) -> None:
        self.watcher = FakeJobWatcher(self.jobs)
        self.wait = Wait(self.jobs, self.watcher, self.clock, 2)
        self.follow = FollowJobs(self.jobs, self.wait, self.clock)

    def has(self, job_id: str, sequence: int, minutes: float = 0, **changes: object) -> None:
        """A version of a job, of so many minutes after noon."""
        at = NOON + timedelta(minutes=minutes)
        self.jobs.has(a_job(id=job_id, status_sequence=sequence, updated_at=at, **changes))


@pytest.fixture
def room() -> Room:
    """Without jobs."""
    return Room()


class Follower:
    """Reads a stream in the background."""

    def __init__(self, stream: AsyncIterator[Sequence[Told] | None]) -> None:
        self._read: list[Told | None] = []  # None: a beat
        self._task = asyncio.create_task(self._follow(stream))

    async def heard(self) -> list[Told | None]:
        """What was told since the last call, once nothing more comes."""
        for _ in range(60):
            await asyncio.sleep(0)
        heard, self._read = self._read, []
        return heard

    async def lines(self) -> list[Line]:
        """The same, in short."""
        return [_line(told) for told in await self.heard()]

    async def ended(self) -> None:
        """Wait until it ends by itself.

        Raises:
            Unavailable: it ends by that.
        """
        async with asyncio.timeout(60):
            await self._task

    async def leave(self) -> None:
        """Read no more."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _follow(self, stream: AsyncIterator[Sequence[Told] | None]) -> None:
        async with aclosing(stream) as some:  # type: ignore[type-var]
            async for told in some:
                self._read += [None] if told is None else told


def _line(told: Told | None) -> Line:
    if told is None:
        return "beat", None
    if told.change is None:
        return "open", None
    return told.change.job_id, told.change.job.status_sequence if told.change.job else None


OPEN: Line = ("open", None)
BEAT: Line = ("beat", None)


@asynccontextmanager
async def following(room: Room, since: datetime | None = None) -> AsyncIterator[Follower]:
    """Somebody who follows, and then leaves nothing behind."""
    follower = Follower(room.follow("local", since))
    yield follower
    await follower.leave()
    assert room.watcher.feeds == []


async def test_changes_are_told_from_the_beginning_on(room: Room) -> None:
    """Not what was there before; each with the time from which to go on."""
    room.has(JOB_ID, 1)
    async with following(room) as follower:
        assert await follower.heard() == [Told(NOON)]
        room.has(JOB_ID, 2, minutes=1)
        room.has(OTHER, 1, minutes=0.5)
        first, second = await follower.heard()
        assert [_line(first), _line(second)] == [(JOB_ID, 2), (OTHER, 1)]
        assert [told and told.at for told in (first, second)] == [NOON + timedelta(minutes=1)] * 2


async def test_what_changed_since_is_told_first(room: Room) -> None:
    """In its order, however much it is, with a little of before; then what is heard."""
    ids = [f"{number:026}" for number in range(PAGE + 5)]
    for number, job_id in enumerate(ids):
        room.has(job_id, 1, minutes=number)
    since = NOON + timedelta(minutes=3)
    async with following(room, since) as follower:
        opening, *past = await follower.heard()
        assert opening == Told(since)
        assert [_line(told) for told in past] == [(job_id, 1) for job_id in ids[3:]]
        assert [told and told.at for told in past] == [since + timedelta(minutes=n) for n in range(len(past))]
        room.has(ids[3], 2, minutes=200)
        assert await follower.lines() == [(ids[3], 2)]


async def test_what_is_heard_while_the_past_is_read_is_told_once(room: Room) -> None:
    """The page that is read meanwhile has it, or what is heard."""
    ids = [f"{number:026}" for number in range(PAGE + 1)]
    for number, job_id in enumerate(ids):
        room.has(job_id, 1, minutes=number)
    room.jobs.failures.meanwhile("changed", lambda: room.has(ids[-1], 2, minutes=500))
    async with following(room, NOON) as follower:
        assert await follower.lines() == [OPEN, *((job_id, 1) for job_id in ids[:-1]), (ids[-1], 2)]


async def test_an_older_version_that_is_heard_late_is_not_told(room: Room) -> None:
    """What was read of the past counts; a deletion is told all the same."""
    room.has(JOB_ID, 5)
    async with following(room, NOON) as follower:
        assert await follower.lines() == [OPEN, (JOB_ID, 5)]
        room.has(JOB_ID, 4)
        room.has(OTHER, 1)
        assert await follower.lines() == [(OTHER, 1)]
        room.has(JOB_ID, 5, deleted_at=NOON)
        room.jobs.remove(OTHER)
        assert await follower.lines() == [(JOB_ID, 5), (OTHER, None)]


async def test_who_goes_on_where_it_left_off_misses_nothing(room: Room) -> None:
    """Also what was dated before, and committed after."""
    async with following(room) as follower:
        room.has(JOB_ID, 1, minutes=5)
        await follower.heard()
        room.has(JOB_ID, 2, minutes=5)
        (told,) = await follower.heard()
    assert told
    room.has(OTHER, 1, minutes=4.5)
    async with following(room, told.at) as follower:
        assert await follower.lines() == [OPEN, (OTHER, 1), (JOB_ID, 2)]


async def test_silence_is_broken_by_a_beat(room: Room) -> None:
    """Also before the database has answered."""
    with room.watcher.cut_off():
        async with following(room) as follower:
            assert await follower.lines() == []
            room.clock.move(BEAT_SECONDS)
            assert await follower.lines() == [BEAT]
    async with following(room) as follower:
        assert await follower.lines() == [OPEN]
        room.clock.move(BEAT_SECONDS)
        assert await follower.lines() == [BEAT]


async def test_nobody_follows_in_an_instance_that_goes(room: Room) -> None:
    """The stream ends without a word."""
    async with following(room) as follower:
        assert await follower.lines() == [OPEN]
        await room.wait.close()
        await follower.ended()
        assert await follower.lines() == []


async def test_a_past_that_cannot_be_read_ends_the_stream(room: Room) -> None:
    """Whoever comes back goes on where it left off: nothing later was told."""
    room.jobs.failures.refuse("changed", Unavailable("down", "Down."))
    async with following(room, NOON) as follower:
        with pytest.raises(Unavailable):
            await follower.ended()
        assert await follower.lines() == [OPEN]


@pytest.mark.parametrize("since", [datetime.min.replace(tzinfo=NOON.tzinfo), NOON - timedelta(days=400)])
async def test_any_time_may_be_asked_for(room: Room, since: datetime) -> None:
    """All jobs have changed since the beginning of time."""
    room.has(JOB_ID, 3)
    async with following(room, since) as follower:
        assert await follower.lines() == [OPEN, (JOB_ID, 3)]
