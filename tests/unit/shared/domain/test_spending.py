"""What calls cost: booked before, filled in after."""

from datetime import timedelta

import pytest

from shared.domain.errors import Billed, ProviderError
from shared.domain.job import Spend
from shared.domain.spending import MAX_SPENDS, after, booked, booked_again, paid
from tests.builders import a_job
from tests.fakes.clock import NOON

LATER = NOON + timedelta(seconds=1)
ONE = Spend(attempt=1, estimated_micros=40_000)


def test_a_call_is_booked_with_its_attempt_and_an_unknown_price() -> None:
    """Until its answer is there, nobody knows what it costs."""
    job = a_job(spend=(ONE,), attempt_count=2)
    assert booked(job, 20_000) == (ONE, Spend(attempt=2, estimated_micros=20_000, actual_micros=None))


def test_an_answered_call_has_the_answer_s_price() -> None:
    """Only the last call is filled in."""
    assert [spend.actual_micros for spend in paid(a_job(spend=(ONE, ONE)), 30_000)] == [None, 30_000]


@pytest.mark.parametrize(("billed", "actual"), [("no", 0), ("yes", 40_000), ("unknown", None)])
def test_a_failed_call_costs_what_it_was_billed(billed: Billed, actual: int | None) -> None:
    """Not billed is 0, billed is the estimate, and unknown stays unknown."""
    error = ProviderError("TEMPORARY", "busy", "Busy.", billed=billed)
    assert [spend.actual_micros for spend in after(a_job(spend=(ONE, ONE)), error)] == [None, actual]


@pytest.mark.parametrize(("billed", "actual"), [("no", 0), ("unknown", None)])
def test_a_call_made_again_is_booked_and_the_one_before_settled(billed: Billed, actual: int | None) -> None:
    """A lost answer stays unknown, even where the next call succeeds."""
    job = booked_again(
        a_job(spend=(ONE,), attempt_count=1), ProviderError("TEMPORARY", "x", "X.", billed=billed), 30_000, LATER
    )
    assert [spend.actual_micros for spend in job.spend] == [actual, None]
    assert job.spend[1].estimated_micros == 30_000
    assert (job.status_sequence, job.updated_at) == (2, LATER)


def test_calls_that_cost_nothing_are_forgotten_before_the_document_is_full() -> None:
    """A day of rate limits leaves what was paid or may have been, and what the ledger has."""
    kept = (Spend(attempt=1, estimated_micros=40, actual_micros=0), Spend(attempt=1, estimated_micros=40))
    job = a_job(spend=kept, booked=1)
    for _ in range(1000):
        job = booked_again(job, ProviderError("RATE_LIMIT", "busy", "Busy."), 40, LATER)
    assert len(job.spend) == MAX_SPENDS
    assert job.spend[:1] == kept[:1]
    assert job.spend[-1].actual_micros is None
    unknown = a_job(spend=(Spend(attempt=1, estimated_micros=40),) * 100)
    assert len(booked(unknown, 40)) == 101
