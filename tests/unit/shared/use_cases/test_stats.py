"""The operators' questions."""

from datetime import timedelta

import pytest

from shared.use_cases.stats import CostOfType, Durations, ReadStats, of
from tests.builders import a_job, an_entry
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.job_store import FakeJobStore
from tests.fakes.ledger import FakeLedger


def test_an_empty_window_has_no_figures() -> None:
    """Unknown is not 0."""
    stats = of([], [])
    assert (stats.success_rate, stats.cache_hit_rate, stats.by_status) == (None, None, {})
    assert stats.total == Durations(average_ms=None, p50_ms=None, p95_ms=None)


def test_success_is_of_what_completed_or_failed() -> None:
    """A canceled job is neither."""
    entries = [an_entry(status=status) for status in ("completed", "completed", "completed", "failed", "canceled")]
    stats = of(entries, [])
    assert stats.success_rate == pytest.approx(0.75)
    assert stats.by_status == {"canceled": 1, "completed": 3, "failed": 1}


def test_percentiles_are_values_that_occurred() -> None:
    """Of 1 to 100 ms: 50 and 95."""
    stats = of([an_entry(total_ms=ms, generating_ms=ms * 2) for ms in range(100, 0, -1)], [])
    assert stats.total == Durations(average_ms=50.5, p50_ms=50, p95_ms=95)
    assert stats.generating.p95_ms == 190


def test_cost_and_failures_are_told_apart() -> None:
    """By type of job, by stage and by code."""
    failed = an_entry(status="failed", failure_stage="generating", failure_code="safety_blocked", micros=0)
    stats = of([failed, an_entry(micros=30), an_entry(job_type="edit", micros=8, cached=True)], [])
    assert stats.cost_by_type["edit"] == CostOfType(jobs=1, average_micros=8, total_micros=8)
    assert stats.cost_by_type["image"] == CostOfType(jobs=2, average_micros=15, total_micros=30)
    assert (stats.failures_by_stage, stats.failures_by_code) == ({"generating": 1}, {"safety_blocked": 1})
    assert stats.cache_hit_rate == pytest.approx(0.5)


async def test_a_job_that_is_queued_for_five_minutes_is_stuck() -> None:
    """Unless it is to wait for its time, or for the job that makes the same images."""
    jobs, clock = FakeJobStore(), FakeClock()
    jobs.has(a_job(id="d" * 26, queued_at=NOON - timedelta(seconds=301), waiting_for="a" * 26))
    for name, seconds, waits in (("a", 301, None), ("b", 299, None), ("c", 301, NOON + timedelta(hours=1))):
        jobs.has(a_job(id=name * 26, queued_at=NOON - timedelta(seconds=seconds), not_before=waits))
    stats = await ReadStats(FakeLedger([]), jobs, clock)("local", NOON, NOON, {})
    assert stats.stuck == ["a" * 26]
