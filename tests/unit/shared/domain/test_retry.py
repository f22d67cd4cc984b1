"""What follows a failed attempt."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.errors import AttemptError, AwaitsCallback, FailureType, ImageStoreError, ProviderError, ShutDown
from shared.domain.job import Job, Spend, Stage
from shared.domain.retry import LONGEST_WAIT, PATIENCE, backoff, given_up_or_queued
from tests.builders import a_job_in
from tests.fakes.clock import NOON

MAX = 5
BOOKED = (Spend(attempt=1, estimated_micros=40_000),)


@given(st.integers(1, 100))
def test_waits_double_from_5_s_to_10_minutes_with_a_quarter_of_jitter(attempt: int) -> None:
    """Neither an early nor a very late attempt leaves the bounds."""
    middle = min(5 * 2 ** (attempt - 1), 600)
    assert 0.75 * middle <= backoff(attempt).total_seconds() <= 1.25 * middle


@given(st.integers(1, 100), st.floats(0, 7200))
def test_a_wait_is_never_shorter_than_asked(attempt: int, asked: float) -> None:
    """Retry-After is a lower bound."""
    assert backoff(attempt, asked) >= timedelta(seconds=asked)
    assert backoff(attempt, asked) <= max(LONGEST_WAIT * 1.25, timedelta(seconds=asked))


@pytest.mark.parametrize("kind", ["TEMPORARY", "RATE_LIMIT"])
def test_what_may_pass_is_tried_again(kind: FailureType) -> None:
    """The job is queued, due when the wait is over, and keeps why."""
    job = _after(ProviderError(kind, "busy", "Busy."))
    assert job.status == "queued"
    assert job.lease is None
    assert job.next_attempt_at == job.wake_at
    assert job.next_attempt_at is not None
    assert timedelta(seconds=3.75) <= job.next_attempt_at - NOON <= timedelta(seconds=6.25)
    assert job.failure is not None
    assert (job.failure.code, job.failure.retryable, job.failure.stage) == ("busy", True, "generating")
    assert job.timeline[-1].note == "busy"


@pytest.mark.parametrize("kind", ["PERMANENT", "AUTH_ERROR", "UNKNOWN"])
def test_what_does_not_pass_by_itself_is_never_tried_again(kind: FailureType) -> None:
    """The first such failure is the end."""
    job = _after(ProviderError(kind, "no", "No."))
    assert job.status == "failed"
    assert job.completed_at == NOON
    assert job.failure is not None
    assert (job.failure.type, job.failure.message, job.failure.retryable) == (kind, "No.", False)


def test_the_last_attempt_fails_the_job() -> None:
    """Temporary failures end with the attempts."""
    error = ProviderError("TEMPORARY", "busy", "Busy.")
    assert _after(error, counted_attempts=MAX - 1).status == "queued"
    assert _after(error, counted_attempts=MAX).status == "failed"


def test_a_rate_limit_uses_up_no_attempt() -> None:
    """Being told to wait is not the job's failure."""
    job = _after(ProviderError("RATE_LIMIT", "quota", "Wait."), counted_attempts=MAX, attempt_count=40)
    assert (job.status, job.counted_attempts, job.attempt_count) == ("queued", MAX - 1, 40)


def test_a_rate_limit_is_borne_for_24_hours() -> None:
    """A job without a deadline does not wait for ever."""
    error = ProviderError("RATE_LIMIT", "quota", "Wait.", retry_after=600)
    assert _after(error, queued_at=NOON - PATIENCE + timedelta(seconds=600)).status == "queued"
    assert _after(error, queued_at=NOON - PATIENCE + timedelta(seconds=599)).status == "failed"


def test_no_attempt_is_planned_beyond_the_deadline() -> None:
    """What would begin too late does not begin."""
    error = ProviderError("TEMPORARY", "busy", "Busy.", retry_after=60)
    assert _after(error, deadline=NOON + timedelta(seconds=60)).status == "queued"
    assert _after(error, deadline=NOON + timedelta(seconds=59)).status == "failed"


def test_a_shutdown_gives_the_claim_back_uncounted_and_at_once() -> None:
    """Another instance may take the job this very moment."""
    job = _after(ShutDown("TEMPORARY", "shut_down", "Gone.", billed="unknown", counts=False), counted_attempts=MAX)
    assert (job.status, job.counted_attempts, job.next_attempt_at) == ("queued", MAX - 1, NOON)


def test_a_failed_call_is_settled_as_it_was_billed() -> None:
    """Not billed is 0."""
    assert _after(ProviderError("TEMPORARY", "busy", "Busy.")).actual_micros == 0


def test_a_failed_upload_leaves_what_the_pictures_cost() -> None:
    """Only the failure of a call says anything about its price."""
    paid = (Spend(attempt=1, estimated_micros=40_000, actual_micros=40_000),)
    job = a_job_in("uploading", spend=paid)
    failed = given_up_or_queued(job, NOON, ImageStoreError("TEMPORARY", "store", "Down."), "uploading", MAX)
    assert failed.spend == paid


@pytest.mark.parametrize(("stage", "kept"), [("validating", "task-1"), ("generating", None), ("uploading", "task-1")])
def test_only_a_failed_call_leaves_its_operation(stage: Stage, kept: str | None) -> None:
    """A bucket that does not answer, before or after, is no reason to pay again."""
    job = a_job_in("generating", spend=BOOKED, provider_operation="task-1")
    error = ImageStoreError("TEMPORARY", "store_unavailable", "Down.")
    assert given_up_or_queued(job, NOON, error, stage, MAX).provider_operation == kept


def _after(error: AttemptError, **changes: Any) -> Job:
    job = a_job_in("generating", **{"spend": BOOKED, "counted_attempts": 1} | changes)
    return given_up_or_queued(job, NOON, error, "generating", MAX)


def test_a_reason_is_kept_within_bounds() -> None:
    """A provider may answer with megabytes, which no document could hold: the job would never end."""
    failure = _after(ProviderError("PERMANENT", "no", "x" * 2_000_000)).failure
    assert failure is not None
    assert len(failure.message) == 2000


@given(st.integers(0, 48 * 3600), st.integers(0, 48 * 3600) | st.none())
def test_a_callback_is_waited_for_within_the_job_s_time(passed: int, deadline: int | None) -> None:
    """Uncounted, looked after each minute and at the last moment; past that the job fails, whatever it has left."""
    now = NOON + timedelta(seconds=passed)
    last = NOON + (PATIENCE if deadline is None else timedelta(seconds=deadline))
    job = a_job_in("generating", spend=BOOKED, counted_attempts=1, provider_operation="task-1", deadline=last)
    if deadline is None:
        job = msgspec.structs.replace(job, deadline=None)
    after = given_up_or_queued(job, now, AwaitsCallback("Not yet.", _never), "generating", MAX)
    if now >= last:
        assert (after.status, after.provider_operation) == ("failed", None)
        return
    assert (after.status, after.attempt_count, after.counted_attempts) == ("queued", 0, 0)
    assert (after.provider_operation, after.spend, after.next_attempt_at) == ("task-1", BOOKED, None)
    assert after.wake_at == min(now + timedelta(minutes=1), last)


async def _never() -> bool:
    return False
