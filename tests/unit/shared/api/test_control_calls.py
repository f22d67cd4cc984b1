"""Pause and resume over HTTP, and what a waiting job says of itself."""

from datetime import timedelta

import pytest

from tests.builders import JOB_ID, a_job
from tests.fakes.clock import NOON
from tests.unit.shared.api.asking import Api


def test_what_is_paused_says_so() -> None:
    """The answer, the list, and each job that waits for it."""
    api = Api()
    api.jobs.has(a_job())
    paused = api.submit.post("/v1/controls/lane/interactive/pause")
    shown = {"kind": "lane", "name": "interactive", "paused": True, "since": "2026-11-21T12:00:00Z"}
    assert (paused.status_code, paused.json()) == (200, {**shown, "announcing": False})
    controls = api.status.get("/v1/controls").json()["controls"]
    assert [f"{each['kind']}_{each['name']}" for each in controls if each["paused"]] == ["lane_interactive"]
    assert {"batch", "imagen", "local"} < {each["name"] for each in controls}
    assert api.status.get(f"/v1/jobs/{JOB_ID}").json()["paused_by"] == "lane_interactive"
    resumed = api.submit.post("/v1/controls/lane/interactive/resume")
    assert (resumed.json()["paused"], resumed.json()["since"]) == (False, None)
    assert api.queue.ids == [JOB_ID]


@pytest.mark.parametrize("control", ["lane/fast", "planet/mars", "provider/x", "tenant/other"])
def test_what_is_not_there_is_404(control: str) -> None:
    """With what there is."""
    api = Api()
    for act in ("pause", "resume"):
        answer = api.submit.post(f"/v1/controls/{control}/{act}")
        assert (answer.status_code, answer.json()["code"]) == (404, "control_not_found")


def test_a_queued_job_tells_how_many_are_before_it() -> None:
    """Alone; not in a list, and not once it is over."""
    api = Api()
    api.jobs.has(a_job())
    api.jobs.has(a_job(id="b" * 26, queued_at=NOON + timedelta(seconds=1)))
    api.jobs.has(a_job(id="c" * 26, status="completed", completed_at=NOON))
    positions = [api.status.get(f"/v1/jobs/{letter * 26}").json()["queue_position"] for letter in "abc"]
    assert positions == [0, 1, None]
    assert {job["queue_position"] for job in api.status.get("/v1/jobs").json()["jobs"]} == {None}
