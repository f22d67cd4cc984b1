"""Jobs that wait, and what `sweep` does about those that wait in vain."""

from datetime import UTC, datetime, timedelta

from tests.integration.api import Api, Job, a_key, a_prompt
from tests.integration.inside import MODEL_SECONDS, Inside, counting, in_the_model
from tests.processes import Control
from tests.waiting import until


def _in(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def test_a_job_does_not_begin_before_its_time(api: Api, inside: Inside, control: Control) -> None:
    """It is not even announced before; then `sweep` does it."""
    with counting(control) as calls:
        job = api.submit(model="placeholder", not_before=_in(1))
    assert calls == {"firestore.Commit": 1}
    until(lambda: inside.sweep() is not None and api.get(job)["status"] != "queued")
    job = api.reached(job, "completed")
    assert job["started_at"] >= job["not_before"]


def test_a_job_that_is_too_late_is_not_begun(api: Api, inside: Inside, control: Control) -> None:
    """It fails with nothing spent."""
    job = api.submit(not_before=_in(1), deadline=_in(1.1))
    until(lambda: datetime.now(UTC) > datetime.fromisoformat(job["deadline"]))
    with counting(control) as calls:
        until(lambda: inside.sweep() is not None and api.get(job)["status"] != "queued")
        job = api.reached(job, "failed")
    assert (job["failure"]["code"], job["failure"]["type"]) == ("deadline_exceeded", "PERMANENT")
    assert (job["attempt_count"], job["cost"]["actual_micros"], calls["vertex.Predict"]) == (0, 0, 0)


def _unannounced(api: Api, control: Control) -> Job:
    """A job that was recorded, and whose announcement Pub/Sub refused."""
    with control.fault("pubsub", "Publish", code="PERMISSION_DENIED") as fault:
        job = api.submit(model="placeholder")
        assert control.hits(fault) >= 1
    assert api.get(job)["status"] == "queued"
    return job


def test_a_job_that_was_never_announced_is_found(api: Api, inside: Inside, control: Control) -> None:
    """The client has its 202; when the job's time has come, `sweep` announces it and says so."""
    job = _unannounced(api, control)
    assert inside.passed_over(job)
    inside.make_due(job)
    inside.swept("announced")
    job = api.reached(job, "completed")
    assert job["attempt_count"] == 1
    assert inside.passed_over(job)


def test_a_repeat_announces_what_still_waits(api: Api, control: Control) -> None:
    """A client that asks again need not wait for `sweep`."""
    key, prompt = a_key(), a_prompt()
    with control.fault("pubsub", "Publish", code="PERMISSION_DENIED"):
        job = api.submit(key=key, model="placeholder", prompt=prompt)
    again = api.post({"model": "placeholder", "prompt": prompt}, key=key)
    assert again.headers["Idempotency-Replayed"] == "true"
    api.reached(job, "completed")


def test_a_sweep_that_cannot_announce_says_so_and_tries_again(api: Api, inside: Inside, control: Control) -> None:
    """What fails with one job is reported, and is due again."""
    job = _unannounced(api, control)
    inside.make_due(job)
    with control.fault("pubsub", "Publish", code="PERMISSION_DENIED"):
        inside.swept("not_repaired")
    assert api.get(job)["status"] == "queued"
    inside.make_due(job)
    inside.swept("announced")
    api.reached(job, "completed")


def test_a_job_that_is_worked_on_is_left_alone(api: Api, inside: Inside, control: Control) -> None:
    """`sweep` comes back when the lease ends; the worker is not disturbed."""
    job = in_the_model(api, control)
    inside.make_due(job)
    inside.swept("postponed")
    control.advance(MODEL_SECONDS)
    assert api.reached(job, "completed")["attempt_count"] == 1


def test_what_a_late_worker_left_is_cleaned_an_hour_after_the_end(api: Api, inside: Inside, control: Control) -> None:
    """An object that no job references, under the prefix of one that ended, is removed."""
    job = in_the_model(api, control)
    api.command(job, "cancel").raise_for_status()
    control.advance(MODEL_SECONDS)
    job = api.reached(job, "canceled")
    late = f"tenants/local/jobs/{job['id']}/image_{job['id']}_0_0123456789ab.png"
    inside.bucket.blob(late).upload_from_string(b"late")
    inside.sweep()
    assert late in inside.names(job)
    inside.make_due(job)
    inside.swept("cleaned")
    assert inside.objects(job) == []
