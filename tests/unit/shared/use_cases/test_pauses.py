"""What a process knows of pauses: at most 5 s old where it lets jobs go on, fresh where it says that one waits."""

import asyncio

import pytest

from shared.domain.control import paused
from shared.domain.errors import Unavailable
from shared.use_cases.pauses import Pauses
from tests.builders import a_job
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.control_store import FakeControlStore

PAUSE = paused("lane", "batch", NOON, "write-1")
JOB = a_job(priority="batch")
DOWN = Unavailable("down", "Down.")


class Known:
    """`Pauses` on a store."""

    def __init__(self) -> None:
        self.store, self.clock = FakeControlStore(), FakeClock()
        self.pauses = Pauses(self.store, self.clock)


async def test_jobs_that_go_on_cost_one_read_in_5_s() -> None:
    """However many there are, and however many come at once."""
    known = Known()
    assert await asyncio.gather(*(known.pauses.hold(JOB) for _ in range(20))) == [False] * 20
    known.clock.move(4.9)
    assert not await known.pauses.hold(JOB)
    assert known.store.reads == 1
    known.store.has(PAUSE)
    assert not await known.pauses.hold(JOB)
    known.clock.move(0.1)
    assert await known.pauses.hold(JOB)
    assert not await known.pauses.hold(a_job(priority="interactive"))


async def test_a_resumed_job_goes_on_at_once() -> None:
    """That it waits is said by a fresh read alone: an announcement after the end of a pause is not lost."""
    known = Known()
    stored = known.store.has(PAUSE)
    assert await known.pauses.hold(JOB)
    await known.store.remove(stored)
    assert not await known.pauses.hold(JOB)


async def test_a_read_that_began_before_the_question_is_no_answer() -> None:
    """Another delivery's read, under way when the pause ended, may have seen the pause still."""
    known = Known()
    stored = known.store.has(PAUSE)
    await known.pauses.seen()
    known.store.looked.clear()
    known.store.answers.clear()
    first = asyncio.ensure_future(known.pauses.hold(JOB))
    await known.store.looked.wait()
    await known.store.remove(stored)
    second = asyncio.ensure_future(known.pauses.hold(JOB))
    await asyncio.sleep(0)
    known.store.answers.set()
    assert tuple(await asyncio.gather(first, second)) == (True, False)


async def test_those_who_wait_for_one_read_share_it() -> None:
    """A thousand deliveries of a paused lane are no thousand reads."""
    known = Known()
    known.store.has(PAUSE)
    assert all(await asyncio.gather(*(known.pauses.hold(JOB) for _ in range(100))))
    assert known.store.reads <= 4


async def test_a_database_that_is_down_begins_nothing_that_it_did_not_know() -> None:
    """At first nobody knows; later what was known last holds, but no job is left behind for it."""
    known = Known()
    known.store.failures.refuse("all", DOWN)
    with pytest.raises(Unavailable):
        await known.pauses.hold(JOB)
    assert not await known.pauses.hold(JOB)
    known.clock.move(60)
    known.store.failures.refuse("all", DOWN)
    assert not await known.pauses.hold(JOB)
    known.store.has(PAUSE)
    assert await known.pauses.hold(JOB)
    known.store.failures.refuse("all", DOWN)
    with pytest.raises(Unavailable):
        await known.pauses.hold(JOB)
