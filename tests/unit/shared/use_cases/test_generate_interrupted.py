"""Canceled, frozen or dead in the middle: what a worker may still do, and what the next one finds."""

import asyncio
from datetime import datetime
from typing import Any

import msgspec
import pytest

from shared.domain.commands import cancel
from shared.domain.errors import ImageStoreError, ProviderError, Unavailable
from shared.domain.job import Job
from shared.ports import Checkpoint, Outcome
from tests.builders import JOB_ID, a_picture
from tests.fakes.image_provider import PRICE
from tests.unit.shared.use_cases.workshop import Workshop, a_plain_job

# The writes of an attempt: before each, the user may cancel.
CLAIM, GENERATING, UPLOADING, COMPLETED = range(4)


def canceled_before(write: int) -> Workshop:
    """A job that its user cancels right before this write of its worker."""
    shop = Workshop(a_plain_job())

    def user() -> None:
        shop.jobs.change(JOB_ID, lambda job: msgspec.structs.replace(cancel(job, job.updated_at), write_id="user's"))

    for _ in range(write):
        shop.jobs.failures.meanwhile("write", lambda: None)
    shop.jobs.failures.meanwhile("write", user)
    return shop


async def test_canceled_before_the_claim_it_is_not_begun() -> None:
    """A queued job is canceled at once."""
    shop = canceled_before(CLAIM)
    assert await shop.deliver() == "not_claimed"
    assert (shop.job.status, shop.provider.calls) == ("canceled", [])


async def test_canceled_before_the_call_it_costs_nothing() -> None:
    """The provider is not called."""
    shop = canceled_before(GENERATING)
    assert await shop.deliver() == "canceled"
    assert (shop.job.status, shop.provider.calls, shop.job.actual_micros) == ("canceled", [], 0)


async def test_canceled_during_the_call_it_costs_the_call() -> None:
    """What the call brought is not stored."""
    shop = canceled_before(UPLOADING)
    assert await shop.deliver() == "canceled"
    assert (shop.job.status, shop.job.actual_micros, shop.names()) == ("canceled", PRICE, [])


async def test_canceled_during_the_upload_nothing_stays() -> None:
    """A cancel that is seen before the last commit wins, and what was uploaded is removed."""
    shop = canceled_before(COMPLETED)
    assert await shop.deliver() == "canceled"
    assert (shop.job.status, shop.job.artifacts, shop.names()) == ("canceled", (), [])


async def test_canceled_during_a_failure_it_is_canceled() -> None:
    """It is not tried again."""
    shop = canceled_before(UPLOADING)
    shop.provider.then(ProviderError("TEMPORARY", "busy", "Busy."))
    assert await shop.deliver() == "canceled"
    assert (shop.job.status, shop.job.actual_micros) == ("canceled", 0)


async def test_a_canceled_job_s_clean_up_that_fails_is_left_to_sweep() -> None:
    """The job is canceled all the same, and looked after later."""
    shop = canceled_before(COMPLETED)
    shop.images.failures.refuse("list_objects", ImageStoreError("TEMPORARY", "store_unavailable", "Down."))
    assert await shop.deliver() == "canceled"
    shop.clock.move(3600)
    assert await shop.swept() == {"cleaned": 1}
    assert shop.names() == []


async def test_a_takeover_removes_what_the_dead_left() -> None:
    """Before the first upload of its own; another job's objects stay."""
    shop = Workshop(a_plain_job())
    await _die_while_uploading(shop)
    left = shop.names()
    await shop.images.put("tenants/local/jobs/other/image_other_0.png", b"x", "image/png", token="t", metadata={})  # noqa: S106
    assert len(left) == 2
    shop.clock.move(180)
    shop.provider.then(Outcome(pictures=(a_picture(seed=9),), cost_micros=PRICE))
    assert await shop.instance()(JOB_ID) == "done"
    assert (shop.job.status, shop.job.took_over) == ("completed", True)
    assert not set(left) & set(shop.names())
    assert len(shop.names()) == 3


async def test_a_job_taken_over_is_cleaned_again_an_hour_after_its_end() -> None:
    """The first worker may only have been frozen, and upload late."""
    shop = Workshop(a_plain_job())
    await _die_while_uploading(shop)
    shop.clock.move(180)
    await shop.instance()(JOB_ID)
    kept = shop.names()
    await shop.images.put(f"{kept[0]}.late", b"x", "image/png", token="zombie's", metadata={})  # noqa: S106
    shop.clock.move(3600)
    assert await shop.swept() == {"cleaned": 1}
    assert shop.names() == kept
    assert shop.job.wake_at is None


async def test_what_a_dead_worker_spent_stays_booked_as_unknown() -> None:
    """Its call may have been billed."""
    shop = Workshop(a_plain_job())
    began = asyncio.Event()

    async def dies(*_: object) -> Outcome:
        began.set()
        await asyncio.Event().wait()
        raise AssertionError("this never ends")

    shop.provider.then(dies)
    work = asyncio.ensure_future(shop.deliver())
    await began.wait()
    await _killed(work)
    shop.clock.move(180)
    await shop.instance()(JOB_ID)
    assert [spend.actual_micros for spend in shop.job.spend] == [None, PRICE]
    assert shop.job.actual_micros is None


@pytest.mark.parametrize("ends", [True, False])
async def test_a_frozen_worker_that_wakes_changes_nothing(ends: bool) -> None:  # noqa: FBT001 - a table
    """Its job is another's by now, whether that one has ended it or not."""
    shop = Workshop(a_plain_job())
    other = shop.instance()

    async def frozen(job: Job, deadline: datetime, _: Checkpoint) -> Outcome:
        assert shop.clock.now() < deadline
        shop.clock.move(180)
        if ends:
            assert await other(job.id) == "done"
        else:
            taken_over = msgspec.structs.replace
            shop.jobs.change(JOB_ID, lambda job: taken_over(job, lease=None, status="queued", write_id="another's"))
        return Outcome(pictures=(a_picture(seed=99),), cost_micros=1)

    shop.provider.then(frozen)
    assert await shop.deliver() == "lease_lost"
    assert shop.job.status == ("completed" if ends else "queued")
    assert all(spend.actual_micros != 1 for spend in shop.job.spend)
    assert len(shop.names()) == (2 if ends else 0)


async def test_a_worker_frozen_before_its_clean_up_leaves_its_successor_s_images() -> None:
    """It wakes when another has taken over and completed the job: what it finds in the bucket is not left over."""
    shop = Workshop(a_plain_job(attempt_count=1))  # a second attempt, which cleans up before it uploads
    other = Workshop(a_plain_job())
    await other.deliver()

    def frozen() -> None:
        shop.images.objects |= other.images.objects
        shop.jobs.change(JOB_ID, lambda _: other.job)

    shop.provider.then(Outcome(pictures=(a_picture(seed=9),), cost_micros=PRICE))
    shop.images.failures.meanwhile("list_objects", frozen)
    assert await shop.deliver() == "lease_lost"
    assert shop.names() == other.names()


async def test_every_write_may_lose_its_answer() -> None:
    """The job ends once, as if nothing had happened."""
    shop = Workshop(a_plain_job())
    shop.jobs.lose_answer("write", times=4)
    assert await shop.deliver() == "done"
    assert [job.status for job in shop.jobs.history] == [
        "queued", "processing", "generating", "uploading", "completed"
    ]  # fmt: skip


async def test_a_database_that_goes_away_is_told_to_the_broker() -> None:
    """The delivery is not acknowledged; the place is free again."""
    shop = Workshop(a_plain_job(), places=1)
    for _ in range(2):
        shop.jobs.failures.refuse("get", Unavailable("down", "Down."))
        with pytest.raises(Unavailable):
            await shop.deliver()
    assert await shop.deliver() == "done"


async def _die_while_uploading(shop: Workshop) -> None:
    """A worker ends right before its last write, its images already in the bucket."""
    for _ in range(COMPLETED):
        shop.jobs.failures.meanwhile("write", lambda: None)
    shop.jobs.failures.refuse("write", asyncio.CancelledError())
    with pytest.raises(asyncio.CancelledError):
        await shop.deliver()


async def _killed(work: "asyncio.Future[Any]") -> None:
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
