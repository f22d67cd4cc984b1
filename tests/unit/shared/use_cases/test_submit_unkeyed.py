"""Requests without a key, and the repeats of a client that says no more than: this is one."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from shared.domain.dialect import Dialect
from shared.domain.job import Job
from shared.use_cases.submit import Submit
from shared.use_cases.submit_unkeyed import PLACES, SubmitUnkeyed
from shared.use_cases.tenants import RecentTenants
from tests.builders import DEFAULTS, a_caller, a_request
from tests.fakes.clock import FakeClock
from tests.fakes.job_queue import FakeJobQueue
from tests.fakes.job_store import FakeJobStore
from tests.fakes.tenant_store import FakeTenantStore

WITHIN = timedelta(minutes=9)
DIALECT = Dialect(name="theirs")


class Desk:
    """SubmitUnkeyed with fakes around it."""

    def __init__(self) -> None:
        self.jobs, self.clock = FakeJobStore(), FakeClock()
        self.restart()

    def restart(self) -> None:
        """Another instance, with the same database."""
        tenants = RecentTenants(FakeTenantStore(), self.clock)
        submit = Submit(self.jobs, FakeJobQueue(), tenants, self.clock, DEFAULTS)
        self.submit = SubmitUnkeyed(self.jobs, submit, self.clock, WITHIN)

    async def take(self, sender: str = "key", *, repeat: bool = False, user: str | None = None, **body: Any) -> Job:
        """The job of a request; the client says of a `repeat` that it is one."""
        caller = a_caller(idempotency_key=None, user_id=user)
        job, replayed = await self.submit(a_request(**body), caller, sender, DIALECT, repeat=repeat)
        assert replayed <= repeat, "a first request got another's job"
        return job


async def test_a_first_request_is_one_write() -> None:
    """As with a key; the job has none."""
    desk = Desk()
    job = await desk.take()
    assert (desk.jobs.calls, job.idempotency_key, job.dialect) == (["create"], None, "theirs")


async def test_a_repeat_is_the_first_request_s_job() -> None:
    """As often as it comes."""
    desk = Desk()
    first = await desk.take()
    assert [await desk.take(repeat=True) for _ in range(3)] == [first] * 3
    assert len(desk.jobs.history) == 1


async def test_equal_first_requests_are_jobs_of_their_own() -> None:
    """At once or one after the other; more than there are places, too."""
    desk = Desk()
    together = await asyncio.gather(*(desk.take() for _ in range(PLACES - 1)))
    last = await desk.take()
    more = [await desk.take() for _ in range(2)]
    assert len({job.id for job in (*together, last, *more)}) == PLACES + 2
    assert (await desk.take(repeat=True)).id in {job.id for job in (*together, last)}


async def test_repeats_share_out_the_jobs_of_an_instance_that_has_ended() -> None:
    """Another one gives each of them to one, before it gives any to two; the last goes first."""
    desk = Desk()
    first = [await desk.take() for _ in range(3)]
    desk.restart()
    again = [await desk.take(repeat=True) for _ in range(6)]
    assert again == [*reversed(first), *reversed(first)]


async def test_a_repeat_gets_the_job_of_whoever_has_gone_without_images() -> None:
    """Not one that somebody is given just now."""
    desk = Desk()
    gone, waits = await desk.take(), await desk.take()
    desk.submit.unanswered(gone.id)
    assert await desk.take(repeat=True) == gone
    desk.submit.unanswered(waits.id)
    assert await desk.take(repeat=True) == waits


@pytest.mark.parametrize("other", [{"sender": "another key"}, {"user": "ada"}, {"prompt": "a hare"}])
async def test_a_repeat_of_something_else_is_a_job_of_its_own(other: dict[str, Any]) -> None:
    """Of another key, for another user, of another request: its first call has not come here."""
    desk = Desk()
    first = await desk.take()
    assert (await desk.take(repeat=True, **other)).id != first.id


@pytest.mark.parametrize(("seconds", "same"), [(0, True), (300, True), (539, True), (541, False)])
@pytest.mark.parametrize("began", [0, 200, 539])
async def test_a_repeat_is_one_for_so_long(began: int, seconds: int, *, same: bool) -> None:
    """Wherever in a window the first request came."""
    desk = Desk()
    desk.clock.move(began)
    first = await desk.take()
    desk.clock.move(seconds)
    assert ((await desk.take(repeat=True)).id == first.id) is same


async def test_a_repeat_that_comes_while_the_first_request_is_recorded() -> None:
    """Whichever is the first to write, there is one job."""
    desk = Desk()
    first, repeat = await asyncio.gather(desk.take(), desk.take(repeat=True))
    assert first.id == repeat.id


async def test_a_deleted_job_takes_nobody_s_place() -> None:
    """Neither a repeat nor another first request meets it."""
    desk = Desk()
    first = await desk.take()
    desk.jobs.change(first.id, lambda job: msgspec.structs.replace(job, deleted_at=desk.clock.now()))
    assert (await desk.take()).id != first.id
    assert (await desk.take(repeat=True)).id != first.id
