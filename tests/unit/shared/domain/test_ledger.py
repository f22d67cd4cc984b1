"""What a job's end books."""

from datetime import UTC, datetime, timedelta

import msgspec

from shared.domain.commands import delete, retry
from shared.domain.endings import canceled, failed
from shared.domain.job import Failure, Job, Spend, moved
from shared.domain.ledger import entry_of
from tests.builders import a_job

NOW = datetime(2026, 11, 21, 23, 59, tzinfo=UTC)


def _with(job: Job, *spend: Spend) -> Job:
    return msgspec.structs.replace(job, spend=(*job.spend, *spend))


def test_an_end_books_each_call_at_what_it_cost_or_may_have_cost() -> None:
    """A lost answer counts at its estimate, and is counted as unknown."""
    job = moved(a_job(), "processing", NOW)
    before = _with(job, Spend(attempt=1, estimated_micros=40, actual_micros=0), Spend(attempt=2, estimated_micros=40))
    after = canceled(_with(before, Spend(attempt=3, estimated_micros=40, actual_micros=39)), NOW)
    entry = entry_of(before, after)
    assert entry is not None
    assert (entry.calls, entry.micros, entry.unknown_calls) == (3, 79, 1)
    assert (entry.day, entry.job_id, entry.tenant) == ("2026-11-21", job.id, job.tenant)


def test_only_an_end_is_booked_and_each_one_is() -> None:
    """A change that ends nothing books nothing; an end without a call is one all the same."""
    job = a_job()
    working = _with(moved(job, "processing", NOW), Spend(attempt=1, estimated_micros=40))
    assert entry_of(job, working) is None
    ended = canceled(job, NOW)
    entry = entry_of(job, ended)
    assert entry is not None
    assert (entry.status, entry.calls, entry.micros) == ("canceled", 0, 0)
    assert entry_of(ended, delete(ended, NOW)) is None


def test_an_end_says_how_it_went() -> None:
    """Its failure, and how long each part took."""
    failure = Failure(type="TEMPORARY", stage="uploading", code="store_unavailable", message="x", retryable=True)
    began = moved(a_job(queued_at=NOW - timedelta(seconds=3)), "processing", NOW, started_at=NOW - timedelta(seconds=2))
    entry = entry_of(began, failed(began, NOW, failure))
    assert entry is not None
    assert (entry.failure_type, entry.failure_stage, entry.failure_code) == ("TEMPORARY", "uploading", failure.code)
    assert (entry.queued_ms, entry.generating_ms, entry.total_ms) == (1000, None, 3000)


def test_a_retried_job_books_only_what_its_new_run_spent() -> None:
    """Each call is booked once, in an entry of its own run."""
    failure = Failure(type="TEMPORARY", stage="generating", code="x", message="x", retryable=True)
    first = _with(moved(a_job(), "processing", NOW), Spend(attempt=1, estimated_micros=40, actual_micros=40))
    ended = failed(first, NOW, failure)
    again = _with(moved(retry(ended, NOW), "processing", NOW), Spend(attempt=2, estimated_micros=40, actual_micros=38))
    one, two = entry_of(first, ended), entry_of(again, canceled(again, NOW))
    assert one is not None
    assert two is not None
    assert (one.micros, two.micros) == (40, 38)
    assert one.id != two.id


def test_an_ended_job_expires_after_its_retention() -> None:
    """And `sweep` looks at it then; a user retry takes that back."""
    job = msgspec.structs.replace(a_job(), retention_seconds=3600)
    ended = canceled(job, NOW)
    assert ended.expires_at == NOW + timedelta(hours=1)
    assert ended.wake_at == ended.expires_at
    failure = Failure(type="UNKNOWN", stage="generating", code="x", message="x", retryable=False)
    assert retry(failed(moved(job, "processing", NOW), NOW, failure), NOW).expires_at is None
