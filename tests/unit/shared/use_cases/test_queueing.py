"""Where a queued job stands."""

from datetime import timedelta

from shared.domain.control import paused
from shared.domain.errors import Unavailable
from shared.use_cases.pauses import Pauses
from shared.use_cases.queueing import Queueing, Standing
from tests.builders import a_job, a_job_in
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.control_store import FakeControlStore
from tests.fakes.job_store import FakeJobStore


class Line:
    """Two jobs before ours, one of them another tenant's."""

    def __init__(self) -> None:
        self.jobs, self.controls, self.clock = FakeJobStore(), FakeControlStore(), FakeClock()
        for letter, tenant in (("c", "local"), ("d", "other")):
            self.jobs.has(a_job(id=letter * 26, tenant=tenant, queued_at=NOON - timedelta(seconds=1)))
        self.standing = Queueing(self.jobs, Pauses(self.controls, self.clock), self.clock)


async def test_a_queued_job_s_place_is_counted_at_most_every_2_s() -> None:
    """Approximate: so long it may have moved on."""
    line = Line()
    assert await line.standing(a_job()) == Standing(2, None)
    line.jobs.remove("c" * 26)
    assert (await line.standing(a_job())).position == 2
    line.clock.move(2)
    assert (await line.standing(a_job())).position == 1
    assert line.jobs.calls == ["ahead", "ahead"]


async def test_it_says_what_it_waits_for() -> None:
    """The control, by its id."""
    line = Line()
    line.controls.has(paused("lane", "interactive", NOON, "write-1"))
    assert (await line.standing(a_job())).paused_by == "lane_interactive"


async def test_one_that_is_not_queued_costs_nothing() -> None:
    """Neither a count nor a look at controls."""
    line = Line()
    assert await line.standing(a_job_in("generating")) == Standing()
    assert (line.jobs.calls, line.controls.reads) == ([], 0)


async def test_a_count_that_fails_is_no_failure_of_the_read() -> None:
    """The place is unknown then, and asked for again."""
    line = Line()
    line.jobs.failures.refuse("ahead", Unavailable("down", "Down."))
    assert await line.standing(a_job()) == Standing()
    assert (await line.standing(a_job())).position == 2
