"""Whatever is due."""

import asyncio
from datetime import timedelta

import msgspec
import pytest

from shared.domain.commands import delete
from shared.domain.errors import ImageStoreError, OutcomeUnknown, Unavailable
from shared.domain.job import Status
from shared.domain.render import Render, render_id
from shared.use_cases.sweep import PAGE, wait_before_next
from tests.builders import JOB_ID, a_job, a_job_in
from tests.fakes.clock import NOON
from tests.unit.shared.use_cases.workshop import Workshop, a_plain_job


async def test_nothing_due_is_nothing_done() -> None:
    """One query a collection."""
    shop = Workshop(a_job(wake_at=NOON + timedelta(seconds=1)))
    assert await shop.swept() == {}
    assert shop.jobs.calls == ["due"]


async def test_a_job_nobody_took_is_announced_again() -> None:
    """It is moved on first, so that two sweeps announce it once."""
    shop = Workshop(a_job())
    assert await shop.swept() == {"announced": 1}
    assert (shop.queue.ids, shop.job.wake_at) == ([JOB_ID], NOON + timedelta(minutes=2))
    assert (shop.job.status, shop.job.status_sequence) == ("queued", 1)


async def test_how_late_it_comes_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Of the job that was due first, and how many repairs of each kind it made; of nothing due, nothing."""
    caplog.set_level("INFO", "darkroom")
    shop = Workshop(a_job(wake_at=NOON - timedelta(seconds=3)))
    await shop.swept()
    await shop.swept()
    lines = [(line.message, line.__dict__["fields"]) for line in caplog.records]
    assert lines == [("swept", {"late_ms": 3000}), ("repaired", {"repair": "announced", "count": 1})]


async def test_announcements_are_repeated_at_doubling_waits_up_to_an_hour() -> None:
    """2, 4, 8, … minutes after each other."""
    shop = Workshop(a_job())
    waits = []
    for _ in range(8):
        await shop.swept()
        assert shop.job.wake_at is not None
        wait = shop.job.wake_at - shop.clock.now()
        waits.append(wait / timedelta(minutes=1))
        shop.clock.move(wait.total_seconds())
    assert waits == [2, 2, 4, 8, 16, 32, 60, 60]


async def test_a_job_that_waited_for_its_time_is_not_thought_stuck() -> None:
    """The waits begin when it became due, not when it was made."""
    shop = Workshop(a_job(not_before=NOON + timedelta(days=1), wake_at=NOON + timedelta(days=1)))
    shop.clock.move(86400)
    await shop.swept()
    assert shop.job.wake_at == shop.clock.now() + timedelta(minutes=2)


async def test_two_sweeps_at_once_announce_once() -> None:
    """Who loses the write does nothing."""
    shop = Workshop(a_job())
    results = await asyncio.gather(shop.swept(), shop.swept())
    assert sorted(results, key=str) == [{"announced": 1}, {"contended": 1}]
    assert shop.queue.ids == [JOB_ID]


@pytest.mark.parametrize("status", ["processing", "generating", "uploading"])
async def test_an_expired_lease_is_announced_for_another_to_take(status: Status) -> None:
    """The worker died: the next claim takes it over."""
    shop = Workshop(a_job_in(status, wake_at=NOON + timedelta(seconds=180), cache="off"))
    shop.clock.move(180)
    assert await shop.swept() == {"lease_expired": 1}
    assert await shop.deliver() == "done"
    assert shop.job.status == "completed"


async def test_a_lease_in_force_is_looked_at_when_it_ends() -> None:
    """Its holder is at work."""
    shop = Workshop(a_job_in("generating", wake_at=NOON))
    assert await shop.swept() == {"postponed": 1}
    assert (shop.queue.ids, shop.job.wake_at) == ([], NOON + timedelta(seconds=180))


async def test_a_cancel_whose_holder_died_is_carried_out() -> None:
    """Once the lease is over."""
    shop = Workshop(a_job_in("generating", wake_at=NOON, cancel_requested=True))
    assert await shop.swept() == {"postponed": 1}
    shop.clock.move(180)
    assert await shop.swept() == {"canceled": 1}
    assert shop.job.status == "canceled"


async def test_an_ended_job_is_cleaned_once() -> None:
    """What it references stays; then it is never due again."""
    shop = Workshop(a_plain_job())
    await shop.deliver()
    kept = shop.names()
    await shop.images.put(f"{kept[0]}.late", b"x", "image/png", token="zombie's", metadata={})  # noqa: S106
    shop.jobs.change(JOB_ID, lambda job: msgspec.structs.replace(job, wake_at=NOON))
    assert await shop.swept() == {"cleaned": 1}
    assert (shop.names(), shop.job.wake_at) == (kept, None)


async def test_a_deleted_job_leaves_a_tombstone_and_no_object() -> None:
    """Its content goes at once, late objects an hour later, the tombstone in 7 days."""
    shop = Workshop(a_plain_job())
    await shop.deliver()
    shop.jobs.change(JOB_ID, lambda job: delete(job, shop.clock.now()))
    assert await shop.swept() == {"buried": 1}
    assert (shop.names(), shop.job.prompt, shop.job.artifacts) == ([], "", ())
    assert shop.job.purge_at == shop.clock.now() + timedelta(days=7)
    await shop.images.put(f"tenants/local/jobs/{JOB_ID}/image_{JOB_ID}_9", b"x", "image/png", token="z", metadata={})  # noqa: S106
    shop.clock.move(3600)
    assert await shop.swept() == {"cleaned": 1}
    assert (shop.names(), shop.job.wake_at) == ([], None)


@pytest.mark.parametrize(("leader", "stays"), [(JOB_ID, False), ("b" * 26, True)])
async def test_a_deleted_job_s_images_serve_no_others(leader: str, stays: bool) -> None:  # noqa: FBT001 - a table
    """Their record goes with the job, unless it is another's by now."""
    job = delete(a_job_in("completed"), NOON)
    shop = Workshop(job)
    shop.jobs.has_render(render_id(job), Render(leader=leader))
    assert (await shop.swept())["buried"] == 1
    assert (shop.jobs.render(render_id(job)) is not None) == stays


async def test_a_broken_announcement_is_repeated_later() -> None:
    """And keeps no other job from its turn."""
    shop = Workshop(a_job())
    other = "b" * 26
    shop.jobs.has(a_job(id=other))
    shop.queue.failures.refuse("announce", Unavailable("down", "Down."))
    assert await shop.swept() == {"announced": 1, "not_repaired": 1}
    assert len(shop.queue.ids) == 1
    shop.clock.move(120)
    assert await shop.swept() == {"announced": 2}


async def test_a_broken_bucket_is_tried_again() -> None:
    """The job is due again two minutes later."""
    shop = Workshop(a_job_in("failed", attempt_count=1, wake_at=NOON))
    shop.images.failures.refuse("list_objects", ImageStoreError("TEMPORARY", "store_unavailable", "Down."))
    assert await shop.swept() == {"not_repaired": 1}
    assert await shop.swept() == {}
    shop.clock.move(120)
    assert await shop.swept() == {"cleaned": 1}


@pytest.mark.parametrize("error", [ImageStoreError("AUTH_ERROR", "store_forbidden", "No."), ValueError("a defect")])
async def test_jobs_that_cannot_be_repaired_hide_no_others(error: Exception) -> None:
    """A whole page of them, due longer than a job that only needs its announcement."""
    shop = Workshop(a_job(wake_at=NOON))
    for number in range(PAGE):
        longer = NOON - timedelta(seconds=1)
        shop.jobs.has(a_job_in("failed", id=f"job-{number}", attempt_count=1, wake_at=longer))
    shop.images.failures.refuse("list_objects", error, times=3 * PAGE)
    assert await shop.swept() == {"not_repaired": PAGE}
    assert await shop.swept() == {"announced": 1}


async def test_a_lost_answer_is_harmless() -> None:
    """The job was moved on, and is announced at the next look."""
    shop = Workshop(a_job())
    shop.jobs.failures.lose_answer("write", OutcomeUnknown("lost"))
    assert await shop.swept() == {"contended": 1}
    shop.clock.move(120)
    assert await shop.swept() == {"announced": 1}


async def test_more_than_a_page_is_done_in_one_go() -> None:
    """Until nothing is due, or the time is over."""
    shop = Workshop()
    for number in range(PAGE + 20):
        shop.jobs.has(a_job(id=f"job-{number}"))
    assert await shop.swept() == {"announced": PAGE + 20}
    assert await shop.sweep(seconds=0) == {}


def test_a_wait_is_as_long_as_nothing_moved() -> None:
    """Between 2 minutes and an hour."""
    ages = {seconds: wait_before_next(a_job(), NOON + timedelta(seconds=seconds)) for seconds in (0, 300, 86400)}
    assert ages == {0: timedelta(minutes=2), 300: timedelta(minutes=5), 86400: timedelta(hours=1)}
