"""Cancel at each stage, retry, delete: what a user may do to a job that exists."""

import httpx
import pytest

from tests.integration.api import Api, a_key, a_prompt
from tests.integration.inside import MODEL_SECONDS, Inside, counting, in_the_model
from tests.processes import Control
from tests.waiting import until

FAR = "2100-01-01T00:00:00Z"


def test_a_queued_job_is_canceled_at_once(api: Api, control: Control) -> None:
    """200, nothing was spent, and the same command again changes nothing."""
    job = api.submit(not_before=FAR)
    key = a_key()
    with counting(control) as calls:
        answer = api.command(job, "cancel", key=key)
        again = api.command(job, "cancel", key=key)
    assert (answer.status_code, answer.json()["status"]) == (200, "canceled")
    assert "Idempotency-Replayed" not in answer.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json() == answer.json()
    assert calls["firestore.Commit"] == 1
    assert answer.json()["attempt_count"] == 0
    assert answer.json()["cost"]["actual_micros"] == 0


def test_canceled_before_its_model_is_called_a_job_costs_nothing(api: Api, control: Control) -> None:
    """Its worker, which holds it already, does not make the call."""
    with counting(control) as calls:
        # The worker's read that decides who makes the picture is held up.
        with control.fault("firestore", "GetDocument", effect="hold", containing=["/documents/renders/"]) as fault:
            job = api.submit()
            until(lambda: control.hits(fault) > 0)
            answer = api.command(job, "cancel")
        job = api.reached(job, "canceled")
    assert (answer.status_code, answer.json()["status"]) == (202, "processing")
    assert answer.json()["cancel_requested"] is True
    assert calls["vertex.Predict"] == 0
    assert (job["cost"]["actual_micros"], job["cost"]["items"]) == (0, [])


def test_canceled_while_the_model_works_a_job_shows_what_was_paid(api: Api, inside: Inside, control: Control) -> None:
    """202 at first; when the model has answered, the job is canceled, its picture dropped and its price told."""
    job = in_the_model(api, control)
    answer = api.command(job, "cancel")
    assert (answer.status_code, answer.json()["cancel_requested"]) == (202, True)
    control.advance(MODEL_SECONDS)
    job = api.reached(job, "canceled")
    assert job["images"] == []
    assert job["cost"]["actual_micros"] == 40_000
    assert inside.objects(job) == []
    assert api.command(job, "cancel").status_code == httpx.codes.OK


def test_canceled_while_it_uploads_a_job_leaves_no_object(api: Api, inside: Inside, control: Control) -> None:
    """What its worker had uploaded by then, it removes."""
    with control.fault("storage", "objects.insert", effect="hold", skip=1):
        job = api.submit()
        api.reached(job, "uploading")
        until(lambda: bool(inside.objects(job)))
        assert api.command(job, "cancel").status_code == httpx.codes.ACCEPTED
    api.reached(job, "canceled")
    until(lambda: not inside.objects(job))


@pytest.mark.parametrize("command", ["cancel", "retry"])
def test_a_completed_job_takes_no_command(command: str, api: Api) -> None:
    """409, and it stays as it is."""
    job = api.completed(model="placeholder")
    answer = api.command(job, command)
    assert answer.status_code == httpx.codes.CONFLICT
    assert answer.json()["code"] == {"cancel": "job_finished", "retry": "job_not_failed"}[command]
    assert api.get(job) == job


def test_a_refusal_is_a_failure_that_can_be_asked_for_again(api: Api, control: Control) -> None:
    """The filter's reason is told, nothing is tried again by itself; a retry has the model asked once more."""
    with counting(control) as calls:
        job = api.reached(api.submit(prompt=a_prompt("[[refused]]")), "failed")
    failure = job["failure"]
    assert (failure["type"], failure["code"], failure["stage"]) == ("PERMANENT", "safety_blocked", "generating")
    assert (failure["retryable"], failure["billed"]) == (False, "no")
    assert "Responsible AI" in failure["message"]
    assert (job["images"], job["cost"]["actual_micros"], calls["vertex.Predict"]) == ([], 0, 1)
    key = a_key()
    answer, again = api.command(job, "retry", key=key), api.command(job, "retry", key=key)
    assert answer.status_code == httpx.codes.ACCEPTED
    assert again.headers["Idempotency-Replayed"] == "true"
    job = api.reached(job, "failed")
    assert (job["retry_count"], job["attempt_count"]) == (1, 2)
    assert job["failure"]["code"] == "safety_blocked"


@pytest.mark.parametrize("marker", ["blocked", "empty"])
def test_a_refusal_in_another_shape_is_the_same_failure(marker: str, api: Api) -> None:
    """Filtered images and an answer without any are no success."""
    job = api.reached(api.submit(prompt=a_prompt(f"[[{marker}]]")), "failed")
    assert (job["failure"]["type"], job["failure"]["code"]) == ("PERMANENT", "safety_blocked")
    assert job["images"] == []


def test_a_retried_job_can_succeed(api: Api, control: Control) -> None:
    """Its attempts and its spends go on from where they were."""
    with control.fault("vertex", "Predict", code="PERMISSION_DENIED", count=1):
        job = api.reached(api.submit(), "failed")
    assert (job["failure"]["type"], job["failure"]["code"]) == ("AUTH_ERROR", "model_forbidden")
    assert api.command(job, "retry").json()["status"] == "queued"
    job = api.reached(job, "completed")
    assert (job["retry_count"], job["attempt_count"], job["failure"]) == (1, 2, None)
    assert [item["actual_micros"] for item in job["cost"]["items"]] == [0, 40_000]


@pytest.mark.parametrize(("code", "price"), [("RESOURCE_EXHAUSTED", 0), ("UNAVAILABLE", None)])
def test_a_model_that_is_briefly_away_is_called_again(code: str, price: int | None, api: Api, control: Control) -> None:
    """Within the same attempt; each call is on the bill: a refused one at 0, a lost one at no known price."""
    with control.fault("vertex", "Predict", code=code, count=1):
        job = api.completed()
    assert job["attempt_count"] == 1
    assert [item["actual_micros"] for item in job["cost"]["items"]] == [price, 40_000]


def test_a_deleted_job_is_gone_at_once_and_its_objects_with_the_next_sweep(api: Api, inside: Inside) -> None:
    """Reads and commands answer 404, its key 410; what it cost stays in the books."""
    key, prompt, project = a_key(), a_prompt(), f"film-{a_key()}"
    job = api.completed(key=key, prompt=prompt, project_id=project)
    assert api.delete(job).status_code == httpx.codes.ACCEPTED
    assert api.http.get("/v1/jobs", params={"project_id": project}).json()["jobs"] == []
    for answer in (
        api.http.get(f"/v1/jobs/{job['id']}"), api.image(job), api.command(job, "retry"), api.delete(job),
    ):  # fmt: skip
        assert (answer.status_code, answer.json()["code"]) == (404, "job_not_found")
    asked = {"prompt": prompt, "project_id": project}
    answer = api.post(asked, key=key)
    assert (answer.status_code, answer.json()["code"]) == (410, "job_deleted")
    assert len(inside.objects(job)) == 2
    inside.swept("buried")
    assert inside.objects(job) == []
    assert api.post(asked, key=key).status_code == httpx.codes.GONE
    (left,) = inside.documents(id=job["id"])
    assert prompt not in str(left)
    spent = api.http.get("/v1/usage", params={"project_id": project}).raise_for_status().json()["total"]
    assert (spent["jobs"], spent["images"], spent["micros"]) == (1, 1, 40_000)


def test_a_job_deleted_while_its_model_works_leaves_nothing(api: Api, inside: Inside, control: Control) -> None:
    """It is canceled first."""
    job = in_the_model(api, control)
    assert api.delete(job).status_code == httpx.codes.ACCEPTED
    assert api.http.get(f"/v1/jobs/{job['id']}").status_code == httpx.codes.NOT_FOUND
    control.advance(MODEL_SECONDS)
    until(lambda: bool(inside.documents(id=job["id"], status="canceled")))
    inside.swept("buried")
    assert inside.objects(job) == []
