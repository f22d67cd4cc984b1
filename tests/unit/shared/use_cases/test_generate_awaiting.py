"""A job whose provider will call: its claim is given back uncounted, and nothing is paid twice."""

import asyncio
from datetime import datetime, timedelta

import msgspec
import pytest

from shared.domain.commands import cancel
from shared.domain.errors import AwaitsCallback, ProviderError
from shared.domain.job import Job
from shared.domain.render import Render, render_id
from shared.ports import Checkpoint, Outcome, RenderChange
from tests.builders import JOB_ID, a_job, a_picture
from tests.fakes.clock import NOON
from tests.fakes.image_provider import PRICE
from tests.unit.shared.use_cases.workshop import Workshop, a_plain_job

# The writes of an attempt that ends by waiting.
CLAIM, GENERATING, STORED, GIVEN_BACK = range(4)


class Vendor:
    """Works on operations for as long as the test likes, and tells when it is asked."""

    def __init__(self, shop: Workshop) -> None:
        self.submits = 0
        self.done = False
        self.error: BaseException | None = None  # as which operations end, or what comes of asking
        self.asked_after: list[Job] = []  # the job as it was stored when the holder asked once more
        self._shop = shop
        shop.provider.then(*[self._generate] * 50)

    async def _generate(self, job: Job, _: datetime, checkpoint: Checkpoint) -> Outcome:
        if job.provider_operation is None:
            self.submits += 1
            if self.submits > 1:
                self.done, self.error = False, None  # a new one
            await checkpoint.submitted(f"task-{self.submits}")
        elif self.done:
            if self.error:
                raise self.error
            return Outcome(pictures=(a_picture(),), cost_micros=PRICE)
        raise AwaitsCallback("The vendor has not finished its operation in time.", self._finished)

    async def _finished(self) -> bool:
        self.asked_after.append(self._shop.job)
        if self.error and not self.done:
            raise self.error
        return self.done


async def test_the_claim_is_given_back_as_if_it_had_not_been_made() -> None:
    """Uncounted, with the operation stored and booked, due in a minute, and claimable at any moment."""
    shop = Workshop(a_plain_job())
    vendor = Vendor(shop)
    assert await shop.deliver() == "done"
    job = shop.job
    assert [before.status for before in shop.jobs.history] == [
        "queued", "processing", "generating", "generating", "queued"
    ]  # fmt: skip
    assert (job.lease, job.attempt_count, job.counted_attempts) == (None, 0, 0)
    assert (job.provider_operation, [spend.actual_micros for spend in job.spend]) == ("task-1", [None])
    assert (job.wake_at, job.next_attempt_at) == (NOON + timedelta(minutes=1), None)
    assert job.timeline[-1].note == "waits for the provider's callback"
    assert (vendor.submits, vendor.asked_after) == (1, [job])


async def test_the_next_claim_asks_and_pays_nothing_again() -> None:
    """Once the callback has had it announced."""
    shop = Workshop(a_plain_job())
    vendor = Vendor(shop)
    await shop.deliver()
    vendor.done = True
    assert await shop.deliver() == "done"
    job = shop.job
    assert (job.status, job.attempt_count, job.took_over, vendor.submits) == ("completed", 1, False, 1)
    assert ([spend.actual_micros for spend in job.spend], job.provider_operation) == ([PRICE], None)


async def test_a_callback_that_came_before_the_claim_was_given_back_is_caught() -> None:
    """The holder asks once more right after it, and claims again at once."""
    shop = Workshop(a_plain_job())
    vendor = Vendor(shop)

    def done() -> None:
        vendor.done = True

    for _ in range(GIVEN_BACK):
        shop.jobs.failures.meanwhile("write", lambda: None)
    shop.jobs.failures.meanwhile("write", done)
    assert await shop.deliver() == "done"
    assert (shop.job.status, shop.job.attempt_count, vendor.submits) == ("completed", 1, 1)
    assert (len(vendor.asked_after), shop.clock.now()) == (1, NOON)


async def test_a_lost_callback_is_repaired_after_a_minute() -> None:
    """`sweep` announces it, and whoever is told asks."""
    shop = Workshop(a_plain_job())
    vendor = Vendor(shop)
    await shop.deliver()
    vendor.done = True
    shop.clock.move(59)
    assert await shop.swept() == {}
    shop.clock.move(1)
    assert await shop.swept() == {"announced": 1}
    assert shop.queue.ids == [JOB_ID]
    await shop.deliver()
    assert (shop.job.status, vendor.submits) == ("completed", 1)


async def test_an_operation_that_goes_on_is_waited_for_without_counting() -> None:
    """More often than a job may be attempted; one entry on the bill."""
    shop = Workshop(a_plain_job())
    vendor = Vendor(shop)
    for _ in range(20):
        assert await shop.deliver() == "done"
        shop.clock.move(60)
    job = shop.job
    assert (job.status, job.attempt_count, job.counted_attempts, len(job.spend)) == ("queued", 0, 0, 1)
    vendor.done = True
    await shop.deliver()
    assert (shop.job.status, vendor.submits) == ("completed", 1)


@pytest.mark.parametrize(
    ("changes", "end"),
    [({}, NOON + timedelta(hours=24)), ({"deadline": NOON + timedelta(seconds=90)}, NOON + timedelta(seconds=90))],
    ids=["24 hours", "its deadline"],
)
async def test_it_is_not_waited_for_for_ever(changes: dict[str, datetime], end: datetime) -> None:
    """It is asked for at the very end; then the job is a dead letter, and what it cost is unknown, not nothing."""
    shop = Workshop(a_plain_job(**changes))
    vendor = Vendor(shop)
    await shop.deliver()
    shop.clock.move((end - NOON).total_seconds() - 30)
    await shop.deliver()
    assert (shop.job.status, shop.job.wake_at) == ("queued", end)
    shop.clock.move(30)
    await shop.deliver()
    failure = shop.job.failure
    assert failure is not None
    assert (shop.job.status, shop.job.gave_up, shop.job.provider_operation) == ("failed", True, None)
    assert (failure.code, failure.billed, shop.job.actual_micros, vendor.submits) == (
        "model_timeout", "unknown", None, 1
    )  # fmt: skip


async def test_a_callback_after_the_deadline_is_not_in_vain() -> None:
    """The work began in time: its images are taken."""
    shop = Workshop(a_plain_job(deadline=NOON + timedelta(seconds=10)))
    vendor = Vendor(shop)
    await shop.deliver()
    shop.clock.move(11)
    vendor.done = True
    await shop.deliver()
    assert (shop.job.status, shop.job.actual_micros) == ("completed", PRICE)


async def test_an_operation_that_failed_is_cleared() -> None:
    """By the commit that leaves it; a user may try again."""
    shop = Workshop(a_plain_job())
    vendor = Vendor(shop)
    await shop.deliver()
    vendor.done, vendor.error = True, ProviderError("UNKNOWN", "provider_task_failed", "Failed.", billed="unknown")
    await shop.deliver()
    assert (shop.job.status, shop.job.provider_operation, vendor.submits) == ("failed", None, 1)


async def test_an_operation_that_nobody_knows_any_more_is_submitted_anew() -> None:
    """It expired: it is cleared, and both calls are on the bill."""
    shop = Workshop(a_plain_job())
    vendor = Vendor(shop)
    await shop.deliver()
    vendor.done, vendor.error = True, ProviderError("TEMPORARY", "operation_unknown", "Gone.", billed="unknown")
    await shop.deliver()
    assert (vendor.submits, shop.job.provider_operation) == (2, "task-2")
    assert [spend.actual_micros for spend in shop.job.spend] == [None, None]


async def test_a_vendor_that_cannot_be_asked_once_more_is_left_to_sweep() -> None:
    """The claim is given back; nothing is written after it."""
    shop = Workshop(a_plain_job())
    vendor = Vendor(shop)
    vendor.error = ProviderError("TEMPORARY", "model_unavailable", "Down.")
    assert await shop.deliver() == "done"
    assert (shop.job.status, shop.job.failure, shop.job.provider_operation) == ("queued", None, "task-1")
    assert shop.jobs.history[-1] == vendor.asked_after[0]


@pytest.mark.parametrize(("dies_at", "waits", "submits"), [(STORED, 180, 2), (GIVEN_BACK, 180, 1)])
async def test_a_worker_that_dies_before_it_gives_back_leaves_the_operation(
    dies_at: int, waits: float, submits: int
) -> None:
    """Whoever takes over asks for it; only an operation whose id was never stored is submitted again."""
    shop = Workshop(a_plain_job())
    vendor = Vendor(shop)
    for _ in range(dies_at):
        shop.jobs.failures.meanwhile("write", lambda: None)
    shop.jobs.failures.refuse("write", asyncio.CancelledError())
    with pytest.raises(asyncio.CancelledError):
        await shop.deliver()
    shop.clock.move(waits)
    await shop.instance()(JOB_ID)
    vendor.done = True
    await shop.deliver()
    assert (shop.job.status, vendor.submits, len(shop.job.spend)) == ("completed", submits, submits)


async def test_a_worker_that_dies_right_after_it_gave_back_loses_nothing() -> None:
    """It did not come to ask once more: `sweep` has it done, at the latest."""
    shop = Workshop(a_plain_job())
    vendor = Vendor(shop)
    vendor.error = asyncio.CancelledError()  # as a killed process ends
    with pytest.raises(asyncio.CancelledError):
        await shop.deliver()
    vendor.done, vendor.error = True, None
    shop.clock.move(60)
    assert await shop.swept() == {"announced": 1}
    await shop.instance()(JOB_ID)
    assert (shop.job.status, vendor.submits, len(shop.job.spend)) == ("completed", 1, 1)


async def test_a_cancel_that_came_before_the_claim_was_given_back_wins() -> None:
    """Nobody asks any more."""
    shop = Workshop(a_plain_job())
    vendor = Vendor(shop)

    def user() -> None:
        shop.jobs.change(JOB_ID, lambda job: msgspec.structs.replace(cancel(job, job.updated_at), write_id="user's"))

    for _ in range(GIVEN_BACK):
        shop.jobs.failures.meanwhile("write", lambda: None)
    shop.jobs.failures.meanwhile("write", user)
    assert await shop.deliver() == "canceled"
    assert (shop.job.status, vendor.asked_after, shop.job.actual_micros) == ("canceled", [], None)


async def test_what_is_paid_is_not_given_up_for_another_s_images() -> None:
    """While it waited, a job that wanted the pixels anew took their record over."""
    shop = Workshop(a_job())
    vendor = Vendor(shop)
    await shop.deliver()
    await _taken_over(shop)
    vendor.done = True
    await shop.deliver()
    assert (shop.job.status, shop.job.cached, shop.job.actual_micros) == ("completed", False, PRICE)
    assert shop.jobs.render(render_id(shop.job)) == Render(leader="b" * 26)


async def _taken_over(shop: Workshop) -> None:
    name, other = render_id(shop.job), a_job(id="b" * 26)
    shop.jobs.has(other)
    stored, record = await shop.jobs.get(other.id), await shop.jobs.get_render(name)
    assert stored is not None
    await shop.jobs.write(stored, other, RenderChange(name, record, Render(leader=other.id)))
