"""What a job reserved is settled once, by whoever ends it, or else by `sweep`."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from shared.domain.accounts import Account, Reservation
from shared.domain.charges import reserving
from shared.domain.commands import cancel, delete
from shared.domain.endings import CLEAN_UP_AFTER
from shared.domain.errors import Conflict, OutcomeUnknown, ProviderError, Unavailable
from shared.domain.job import Job, Spend
from shared.domain.request import Webhook
from shared.domain.settlement import settlement_of
from shared.domain.tenant import Allowance
from shared.use_cases.closing import settle
from shared.use_cases.command import CommandJob
from shared.use_cases.tenants import RecentTenants
from tests.builders import JOB_ID, a_job, a_job_in
from tests.fakes.clock import NOON
from tests.fakes.tenant_store import FakeTenantStore
from tests.unit.shared.domain.test_charges import limits
from tests.unit.shared.use_cases.workshop import Workshop, a_plain_job

HELD = Reservation(accounts=("t",), day="2026-11-21", images=1, micros=40_000, unknown_micros=9)
OPEN = Account(id="t", day="2026-11-21", in_flight=1, day_images=1, day_reserved=40_000, month_reserved=40_000)
FREE = Account(id="t", day="2026-11-21")
FAILED = ProviderError("PERMANENT", "invalid_prompt", "No.", billed="no")


def a_shop(job: Job | None = None) -> Workshop:
    """With one job that has reserved."""
    shop = Workshop(job or a_plain_job(reservation=HELD))
    shop.jobs.accounts.apply(reserving([HELD], limits(Allowance(jobs_in_flight=9)), NOON))
    assert shop.jobs.accounts["t"] == OPEN
    return shop


def spent(micros: int, images: int = 1) -> Account:
    """The account after so much was spent."""
    return msgspec.structs.replace(FREE, day_images=images, day_spent=micros, month_spent=micros)


async def test_a_completed_job_is_settled_at_its_price() -> None:
    """By its worker, in a commit after its end; then nobody looks at it again."""
    shop = a_shop()
    await shop.deliver()
    assert shop.jobs.accounts["t"] == spent(40_000)
    assert (shop.job.settled, shop.job.wake_at) == (True, None)
    assert [job.status for job in shop.jobs.history[-2:]] == ["completed", "completed"]


async def test_a_failed_job_gives_all_back() -> None:
    """Where its call was not billed; its objects are looked after later, as without a reservation."""
    shop = a_shop()
    shop.provider.then(FAILED)
    await shop.deliver()
    assert (shop.job.status, shop.jobs.accounts["t"]) == ("failed", FREE)
    assert shop.job.wake_at == NOON + timedelta(hours=1)


@pytest.mark.parametrize(
    ("calls", "micros"),
    [
        ((), 0),
        ((Spend(attempt=1, estimated_micros=40),), 40),  # its answer was lost
        ((Spend(attempt=1, estimated_micros=None),), 9),  # and nobody knows the price
        ((Spend(attempt=1, estimated_micros=None, actual_micros=3), Spend(attempt=2, estimated_micros=5)), 8),
        ((Spend(attempt=1, estimated_micros=40, actual_micros=0),), 0),
    ],
)
async def test_it_is_settled_at_what_may_have_been_billed(calls: tuple[Spend, ...], micros: int) -> None:
    """A lost answer counts at its estimate, an unknown price at what is reserved for such."""
    shop = a_shop(a_job_in("failed", reservation=HELD, spend=calls))
    await shop.swept()
    assert shop.jobs.accounts["t"] == spent(micros, images=0)


async def test_calls_before_the_reservation_are_not_its_own() -> None:
    """An earlier run of the job has settled them."""
    calls = (Spend(attempt=1, estimated_micros=1, actual_micros=1), Spend(attempt=2, estimated_micros=2))
    held = msgspec.structs.replace(HELD, first_call=1)
    shop = a_shop(a_job_in("failed", reservation=held, spend=calls))
    await shop.swept()
    assert shop.jobs.accounts["t"].day_spent == 2


def test_nothing_is_settled_before_the_end_nor_twice_nor_without_a_reservation() -> None:
    """There is no charge, then."""
    assert settlement_of(a_job(reservation=HELD)) is None
    assert settlement_of(a_job_in("completed")) is None
    assert settlement_of(a_job_in("completed", reservation=HELD, settled=True)) is None
    assert settlement_of(a_job_in("completed", reservation=HELD)) is not None


async def test_a_worker_that_dies_at_the_end_leaves_it_to_sweep() -> None:
    """Due two minutes after; settled once, however often sweep comes."""
    shop = a_shop()

    def dies() -> None:
        raise asyncio.CancelledError

    for _ in ("processing", "generating", "uploading", "completed"):
        shop.jobs.failures.meanwhile("write", lambda: None)
    shop.jobs.failures.meanwhile("write", dies)
    with pytest.raises(asyncio.CancelledError):
        await shop.deliver()
    assert (shop.job.status, shop.job.settled, shop.jobs.accounts["t"]) == ("completed", False, OPEN)
    assert shop.job.wake_at == NOON + timedelta(minutes=2)
    shop.clock.move(120)
    assert await shop.swept() == {"settled": 1}
    assert await shop.swept() == {}
    assert shop.job.settled
    assert shop.job.wake_at is None
    assert shop.jobs.accounts["t"] == spent(40_000)


async def test_many_that_settle_at_once_settle_once() -> None:
    """Whose write comes late finds it done."""
    shop = a_shop(a_job_in("canceled", reservation=HELD))
    found = await shop.jobs.get(JOB_ID)
    assert found is not None
    ends = await asyncio.gather(*(settle(shop.jobs, found) for _ in range(5)))
    assert shop.jobs.accounts["t"] == FREE
    assert all(end.job.settled for end in ends)


@pytest.mark.parametrize("error", [Conflict("c"), OutcomeUnknown("u")])
async def test_a_settlement_that_was_not_written_is_written_again(error: Exception) -> None:
    """Whatever hindered it."""
    shop = a_shop(a_job_in("canceled", reservation=HELD))
    shop.jobs.failures.refuse("write", error)
    assert await shop.swept() == {"settled": 1}
    assert shop.jobs.accounts["t"] == FREE


async def test_a_lost_answer_settles_once() -> None:
    """It is read again, and found done."""
    shop = a_shop(a_job_in("canceled", reservation=HELD))
    shop.jobs.lose_answer("write")
    await shop.swept()
    assert shop.jobs.accounts["t"] == FREE


async def test_what_cannot_be_settled_now_stays_due() -> None:
    """The job has ended all the same, and its delivery is acknowledged."""
    shop = a_shop(a_plain_job(reservation=HELD, status="queued", cancel_requested=True))
    shop.jobs.failures.meanwhile("write", lambda: None)
    shop.jobs.failures.refuse("write", Unavailable("contended", "Too many."))
    assert await shop.deliver() == "not_claimed"
    assert (shop.job.status, shop.job.settled) == ("canceled", False)
    assert shop.job.wake_at == NOON + timedelta(minutes=2)


async def test_a_claim_that_ends_its_job_settles_it() -> None:
    """Too late to begin, out of attempts, or canceled meanwhile."""
    for changes in ({"deadline": NOON}, {"counted_attempts": 3}, {"cancel_requested": True}):
        shop = a_shop(a_plain_job(reservation=HELD, **changes))
        await shop.deliver()
        assert (shop.job.is_over, shop.job.settled, shop.jobs.accounts["t"]) == (True, True, FREE)


async def test_a_cancel_settles_at_once() -> None:
    """The budget is free for the next job when the client is told."""
    shop = a_shop()
    job, _ = await a_desk(shop)("local", JOB_ID, cancel)
    assert (job.status, shop.job.settled, shop.jobs.accounts["t"]) == ("canceled", True, FREE)


async def test_sweep_settles_what_it_cancels() -> None:
    """The lease of its worker has expired."""
    shop = a_shop(a_job_in("generating", reservation=HELD, cancel_requested=True))
    shop.clock.move(180)
    assert await shop.swept() == {"canceled": 1}
    assert (shop.job.settled, shop.jobs.accounts["t"]) == (True, FREE)


async def test_events_and_settlement_are_both_seen_to() -> None:
    """Neither forgets the other, whoever does them."""
    shop = a_shop(a_plain_job(reservation=HELD, webhook=Webhook(url="https://receiver.test")))
    shop.queue.failures.refuse("tell", Unavailable("down", "Down."), times=9)
    await shop.deliver()
    assert (shop.job.settled, len(shop.job.outbox)) == (True, 1)
    assert shop.job.wake_at == NOON + timedelta(minutes=2)
    shop.queue.failures = type(shop.queue.failures)()
    shop.clock.move(120)
    assert await shop.swept() == {"told": 1}
    assert shop.job.outbox == ()
    assert shop.job.wake_at == NOON + CLEAN_UP_AFTER  # to see that its events have been recorded


async def test_a_job_that_told_its_end_is_looked_at_again_to_settle_it() -> None:
    """Where its events are out, and its account was contended."""
    job = a_plain_job(reservation=HELD, webhook=Webhook(url="https://receiver.test"))
    shop = a_shop(job)
    for _ in ("processing", "generating", "uploading", "completed", "told"):
        shop.jobs.failures.meanwhile("write", lambda: None)
    shop.jobs.failures.refuse("write", Unavailable("contended", "Too many."))
    await shop.deliver()
    assert (shop.job.outbox, shop.job.settled) == ((), False)
    assert shop.job.wake_at == NOON + timedelta(minutes=2)
    shop.clock.move(120)
    assert await shop.swept() == {"settled": 1}
    assert shop.job.wake_at == NOON + CLEAN_UP_AFTER  # to see that its events have been recorded


async def test_a_deleted_job_is_settled_before_it_is_buried() -> None:
    """Its tombstone holds nothing."""
    shop = a_shop()
    await a_desk(shop)("local", JOB_ID, delete)
    assert (shop.job.settled, shop.jobs.accounts["t"]) == (True, FREE)
    shop = a_shop(a_job_in("completed", reservation=HELD, deleted_at=NOON, listed_for=None))
    assert await shop.swept() == {"settled": 1}
    assert shop.jobs.accounts["t"] == FREE
    assert await shop.swept() == {"buried": 1}
    assert shop.job.reservation is None


def a_desk(shop: Workshop) -> Any:
    """Commands on the shop's job."""
    return CommandJob(shop.jobs, shop.queue, RecentTenants(FakeTenantStore(), shop.clock), shop.clock)
