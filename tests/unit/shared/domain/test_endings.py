"""Ends short of success."""

import pytest

from shared.domain.endings import CLEAN_UP_AFTER, canceled, clean_up_at, failed
from shared.domain.job import Failure, Status
from tests.builders import a_job, a_job_in
from tests.fakes.clock import NOON

FAILURE = Failure(type="PERMANENT", stage="generating", code="no", message="No.", retryable=False)


def test_a_job_nobody_worked_on_has_nothing_to_clean_up() -> None:
    """Canceled while queued, it is never looked at again."""
    job = canceled(a_job(), NOON)
    assert (job.status, job.completed_at, job.wake_at) == ("canceled", NOON, None)


@pytest.mark.parametrize("status", ["processing", "generating", "uploading"])
def test_a_job_that_was_worked_on_is_cleaned_up_an_hour_later(status: Status) -> None:
    """A frozen instance may finish an upload late."""
    job = canceled(a_job_in(status), NOON)
    assert job.wake_at == NOON + CLEAN_UP_AFTER
    assert job.lease is None


def test_a_failed_job_keeps_why_and_where() -> None:
    """The failure's stage becomes the job's, its code the note of the timeline."""
    job = failed(a_job_in("generating"), NOON, FAILURE, prompt_used="x")
    assert (job.status, job.failure, job.stage, job.prompt_used) == ("failed", FAILURE, "generating", "x")
    assert job.timeline[-1].note == "no"
    assert (job.completed_at, job.wake_at) == (NOON, NOON + CLEAN_UP_AFTER)


def test_clean_up_follows_work() -> None:
    """Attempts decide, not status."""
    assert clean_up_at(a_job(attempt_count=1), NOON) == NOON + CLEAN_UP_AFTER
    assert clean_up_at(a_job(took_over=True), NOON) == NOON + CLEAN_UP_AFTER  # its one attempt was not counted
    assert clean_up_at(a_job(), NOON) is None
