"""The record is read while the claim is written, and nobody is misled by what it was then."""

import asyncio
import gc
from typing import Any

from shared.domain.errors import Unavailable
from shared.domain.inputs import Source
from shared.domain.render import Render, render_id
from shared.use_cases.look_ahead import LookAhead
from tests.builders import JOB_ID, a_job
from tests.fakes.job_store import FakeJobStore
from tests.unit.shared.use_cases.workshop import Workshop

OTHER = "b" * 26
STEPS = 10  # of the event loop, more than any read of a fake takes


async def test_it_is_given_once_as_it_was_read_and_then_as_it_is() -> None:
    """One read for the first decision; whoever decides again reads again."""
    jobs, job = FakeJobStore(), a_job()
    records = LookAhead(jobs)
    records.begin(job)
    await _a_while()
    jobs.has_render(render_id(job), Render(leader=OTHER))
    assert await records(render_id(job)) is None
    assert jobs.calls == ["get_render"]
    now = await records(render_id(job))
    assert now is not None
    assert now.render.leader == OTHER


async def test_the_record_of_other_pixels_is_read_by_itself() -> None:
    """The job was given to another model after its claim."""
    jobs = FakeJobStore()
    jobs.has_render("other", Render(leader=OTHER))
    records = LookAhead(jobs)
    records.begin(a_job())
    found = await records("other")
    assert found is not None
    assert found.render.leader == OTHER


async def test_nothing_is_read_for_who_will_not_ask() -> None:
    """The job goes without the cache."""
    jobs = FakeJobStore()
    records = LookAhead(jobs)
    records.begin(a_job(cache="off"))
    await _a_while()
    assert jobs.calls == []


async def test_nor_for_pixels_that_are_not_known_yet() -> None:
    """What the job starts from is fetched, and hashed, after its claim."""
    jobs = FakeJobStore()
    LookAhead(jobs).begin(a_job(mask=Source(job_id=OTHER)))
    await _a_while()
    assert jobs.calls == []


async def test_one_that_could_not_be_read_ahead_is_read_again() -> None:
    """The database was away for a moment, and the claim found its way."""
    jobs, job = FakeJobStore(), a_job()
    jobs.has_render(render_id(job), Render(leader=OTHER))
    jobs.failures.refuse("get_render", Unavailable("unavailable", "Down."))
    records = LookAhead(jobs)
    records.begin(job)
    found = await records(render_id(job))
    assert found is not None
    assert found.render.leader == OTHER


async def test_what_nobody_asks_for_fails_in_silence() -> None:
    """The claim was another's, say: asyncio would report an exception that nobody took."""
    reported: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
    jobs = FakeJobStore()
    jobs.failures.refuse("get_render", Unavailable("unavailable", "Down."))
    records = LookAhead(jobs)
    records.begin(a_job())
    await _a_while()
    assert jobs.calls == ["get_render"]
    records.drop()
    gc.collect()
    assert reported == []


async def test_who_is_forestalled_since_then_follows() -> None:
    """Another led between the claim and the commit that books the call: it was not booked, and nothing was made."""
    shop = Workshop(a_job())
    shop.jobs.has(a_job(id=OTHER, status="generating"))

    def nothing() -> None:
        """The claim's own write."""

    shop.jobs.failures.meanwhile("write", nothing)
    shop.jobs.failures.meanwhile("write", lambda: shop.jobs.has_render(render_id(shop.job), Render(leader=OTHER)))
    await shop.deliver()
    assert (shop.jobs.job(JOB_ID).waiting_for, shop.provider.calls, shop.job.spend) == (OTHER, [], ())


async def _a_while() -> None:
    for _ in range(STEPS):
        await asyncio.sleep(0)
