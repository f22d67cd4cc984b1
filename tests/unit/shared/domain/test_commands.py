"""What a user may do to a job that exists."""

from datetime import timedelta

import msgspec
import pytest

from shared.domain.commands import cancel, delete, retry, tombstone
from shared.domain.errors import Rejected
from shared.domain.job import Failure, Status
from shared.domain.missing import Missing
from shared.domain.request import Webhook
from shared.domain.storyboard import Board, Scene, StoryboardRequest
from tests.builders import a_job, a_job_in
from tests.fakes.clock import NOON

LATER = NOON + timedelta(minutes=5)
GONE = Missing(code="c", message="why")
FAILURE = Failure(type="TEMPORARY", stage="generating", code="busy", message="Busy.", retryable=True)


def test_a_queued_job_is_canceled_at_once() -> None:
    """Nobody holds it."""
    assert cancel(a_job(), LATER).status == "canceled"


@pytest.mark.parametrize("status", ["processing", "generating", "uploading"])
def test_a_held_job_is_asked_to_end(status: Status) -> None:
    """The holder makes the transition; a reader sees that something changed."""
    before = a_job_in(status)
    job = cancel(before, LATER)
    assert (job.status, job.cancel_requested) == (status, True)
    assert job.status_sequence == before.status_sequence + 1
    assert cancel(job, LATER) is job


def test_a_canceled_job_is_canceled_already() -> None:
    """Canceling twice changes nothing."""
    job = a_job(status="canceled")
    assert cancel(job, LATER) is job


@pytest.mark.parametrize("status", ["completed", "failed"])
def test_an_ended_job_cannot_be_canceled(status: Status) -> None:
    """409, with its status."""
    with pytest.raises(Rejected, match=status) as refusal:
        cancel(a_job_in(status), LATER)
    assert (refusal.value.status, refusal.value.code) == (409, "job_finished")


def test_a_retried_job_starts_afresh() -> None:
    """All attempts are before it, nothing is reused, and what it cost before stays booked."""
    failed = a_job_in("failed", failure=FAILURE, counted_attempts=5, attempt_count=5, deadline=NOON, completed_at=NOON)
    job = retry(failed, LATER)
    assert (job.status, job.retry_count, job.counted_attempts, job.attempt_count) == ("queued", 1, 0, 5)
    assert (job.failure, job.deadline, job.completed_at, job.cache) == (None, None, None, "off")
    assert job.queued_at == LATER
    assert job.due(LATER)


@pytest.mark.parametrize("status", ["queued", "processing", "completed", "canceled"])
def test_only_a_failed_job_is_retried(status: Status) -> None:
    """409 for any other."""
    with pytest.raises(Rejected) as refusal:
        retry(a_job_in(status) if status != "queued" else a_job(), LATER)
    assert (refusal.value.status, refusal.value.code) == (409, "job_not_failed")


@pytest.mark.parametrize("status", ["queued", "generating", "completed", "failed", "canceled"])
def test_a_deleted_job_is_hidden_and_due_at_once(status: Status) -> None:
    """Whatever it does, it is deleted; what is still running is canceled."""
    job = delete(a_job_in(status) if status != "queued" else a_job(), LATER)
    assert (job.deleted_at, job.wake_at) == (LATER, LATER)
    assert job.is_over or job.cancel_requested


def test_a_deleted_job_is_no_dead_letter() -> None:
    """It is hidden from that list, too, at once."""
    assert not delete(a_job_in("failed", gave_up=True), LATER).gave_up


def test_of_a_storyboard_no_scene_stays() -> None:
    """Its text is what its user wrote."""
    board = Board(request=StoryboardRequest(prompt="a fox"), first_version="a" * 26)
    job = a_job_in("completed", job_type="storyboard", board=board, scenes=(Scene(prompt="a fox"),), deleted_at=NOON)
    left = tombstone(job, LATER)
    assert (left.scenes, left.board) == ((), None)
    assert b"fox" not in msgspec.json.encode(left)


def test_a_tombstone_has_no_content_and_a_purge_date() -> None:
    """Only what its key and its objects need stays."""
    job = a_job_in("completed", labels={"a": "b"}, user_id="u", idempotency_key="k", prompt_used="x", deleted_at=NOON)
    job = msgspec.structs.replace(
        job,
        webhook=Webhook(url="https://example.com/?secret"),
        trace="00-x",
        missing=(Missing(code="c", message="why"),),
    )
    left = tombstone(job, LATER)
    assert (left.webhook, left.trace, left.missing) == (None, None, ())
    assert left.purge_at == LATER + timedelta(days=7)
    assert (left.id, left.tenant, left.fingerprint) == (job.id, job.tenant, job.fingerprint)
    assert (left.prompt, left.labels, left.user_id, left.idempotency_key, left.prompt_used) == (
        "",
        {},
        None,
        None,
        None,
    )
