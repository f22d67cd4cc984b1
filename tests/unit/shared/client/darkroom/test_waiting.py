"""A wait ends when the job does, whatever its last state is called."""

from collections.abc import Callable
from typing import Any

import pytest
from darkroom import errors

from tests.fakes.http_server import Answer, Asked, json_answer
from tests.unit.shared.client.darkroom.service import DONE, JOB, LOST, Service, a_job, a_problem

FAILURE = {
    "type": "PERMANENT", "stage": "generating", "code": "safety_blocked", "message": "No.", "retryable": False,
    "billed": "no", "safety": {"filtered": "prompt", "categories": ["violence"], "new": 1},
}  # fmt: skip


def answering(job: dict[str, Any], events: int) -> Callable[[Asked], Answer]:
    """The job to every GET; that status to whoever asks whether there are events after it."""
    return lambda asked: Answer(events) if asked.method == "HEAD" else json_answer(job)


def test_it_asks_the_deployment_to_wait_with_it(deployment: Service) -> None:
    """Each request for some seconds; what was lost is asked again."""
    deployment.answers = [json_answer(a_job()), LOST, json_answer(a_job(status="uploading")), json_answer(DONE)]
    with deployment.client() as client:
        job = client.wait(JOB)
    assert (job.status, job.ended, job.completed_at and job.completed_at.year) == ("completed", True, 2026)
    assert {asked.headers.get("prefer") for asked in deployment.asked} == {"wait=20"}


def test_a_job_that_has_ended_is_not_asked_for(deployment: Service) -> None:
    """It is what it is."""
    deployment.answers = [json_answer(DONE)]
    with deployment.client() as client:
        job = client.get(JOB)
        assert client.wait(job) is job
    assert len(deployment.asked) == 1


@pytest.mark.parametrize(
    ("status", "kind"), [("failed", errors.JobFailed), ("canceled", errors.JobCanceled), ("exploded", errors.JobFailed)]
)
def test_a_job_without_its_images_is_an_error(deployment: Service, status: str, kind: type[errors.JobFailed]) -> None:
    """With why, and what the safety filter said; unless the caller would rather look for itself."""
    deployment.answers = [json_answer({**DONE, "status": status, "failure": FAILURE})]
    with deployment.client() as client:
        with pytest.raises(errors.JobFailed, match="safety_blocked: No") as failed:
            client.wait(JOB)
        assert client.wait(JOB, check=False).status == status
    told = failed.value
    assert (type(told), told.job.status) == (kind, status)
    assert told.safety
    assert (told.safety.filtered, told.safety.categories) == ("prompt", ("violence",))
    assert "prompt" in told.advice


@pytest.mark.parametrize("says", [{"completed_at": "2026-11-21T12:00:00Z"}, {"progress": 1.0}])
def test_an_unknown_end_is_known_by_what_the_job_says(deployment: Service, says: dict[str, Any]) -> None:
    """Of a later version: when it ended, or that all is done."""
    deployment.answers = [json_answer(a_job(status="archived", **says))]
    with deployment.client() as client:
        job = client.wait(JOB)
    assert (job.status, job.is_known, job.ended) == ("archived", False, True)
    assert len(deployment.asked) == 1


def test_an_unknown_end_that_says_nothing_is_asked_for(deployment: Service) -> None:
    """Whether there is anything left to tell after it."""
    deployment.answers = [answering(a_job(status="archived", status_sequence=9), 204)]
    with deployment.client() as client:
        job = client.wait(JOB)
    assert (job.status, job.ended, job.settled) == ("archived", True, True)
    asked = deployment.asked[-1]
    assert (asked.method, asked.path, asked.headers["last-event-id"]) == ("HEAD", f"/v1/jobs/{JOB}/events", "9")


@pytest.mark.parametrize(("status", "events"), [("dreaming", 200), ("dreaming", 404), ("generating", 200)])
def test_a_job_that_does_not_end_is_left_at_the_deadline(deployment: Service, status: str, events: int) -> None:
    """Known or not, with the job as it was last seen; and it is not asked for without a pause."""
    deployment.answers = [answering(a_job(status=status), events)]
    with deployment.client() as client, pytest.raises(errors.Timeout, match=f"is {status} after 100 s") as told:
        client.wait(JOB, timeout=100)
    assert told.value.job
    assert told.value.job.status == status
    assert 99 <= deployment.moments.seconds <= 101
    assert len(deployment.asked) < 60


def test_an_unknown_state_that_is_passed_through_is_waited_for(deployment: Service) -> None:
    """It is no end as long as there is more to tell."""
    deployment.answers = [json_answer(a_job(status="dreaming")), Answer(200), json_answer(DONE)]
    with deployment.client() as client:
        assert client.wait(JOB).status == "completed"


def test_a_job_that_is_not_there_is_not_waited_for(deployment: Service) -> None:
    """Nor one that was deleted meanwhile."""
    deployment.answers = [json_answer(a_job()), a_problem(404, "job_not_found")]
    with deployment.client() as client, pytest.raises(errors.NotFound):
        client.wait(JOB)


def test_a_batch_is_waited_for(deployment: Service) -> None:
    """Until all of its jobs have ended, under a name that is known or not; or until the deadline."""
    batch = {"id": "b", "status": "running", "jobs": 2, "counts": {"queued": 2}, "progress": 0.0, "errors": []}
    over = {**batch, "status": "archived", "progress": 1.0, "counts": {"completed": 2}}
    deployment.answers = [json_answer(batch, 202), json_answer(batch), json_answer(over)]
    with deployment.client() as client:
        made = client.batch(["a", {"prompt": "b", "seed": 1}], labels={"film": "fox"})
        assert (made.ended, made.counts) == (False, {"queued": 2})
        assert client.wait_batch(made).counts == {"completed": 2}
        deployment.answers = [json_answer(batch)]
        with pytest.raises(errors.Timeout, match="batch b is running after 10 s"):
            client.wait_batch(made, timeout=10)
    items = [{"prompt": "a"}, {"prompt": "b", "seed": 1}]
    assert deployment.asked[0].json() == {"items": items, "partial": False, "labels": {"film": "fox"}}
