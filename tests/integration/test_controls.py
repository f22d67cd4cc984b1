"""A lane that is paused and resumed, through the whole stack."""

from tests.integration.api import Api, Job
from tests.integration.inside import counting
from tests.processes import Control
from tests.stack import RunningStack
from tests.waiting import until


def test_a_paused_lane_waits_and_goes_on_at_once(darkroom: RunningStack, api: Api, control: Control) -> None:
    """Jobs are taken; their deliveries are acknowledged and begin nothing; nobody sweeps, and the resume tells all."""
    darkroom.kill("generate")
    assert api.http.post("/v1/controls/lane/batch/pause").json()["paused"] is True
    darkroom.restart("generate")  # else a pause is in force within 5 s
    with counting(control) as calls:
        jobs = [api.submit(model="placeholder", priority="batch") for _ in range(3)]
        until(lambda: all(_is_left(darkroom, job["id"]) for job in jobs))
    assert calls["vertex.Predict"] == 0

    def told() -> list[Job]:  # `status`, too, knows of a pause within 5 s
        found = [api.get(job) for job in jobs]
        return found if all(job["paused_by"] for job in found) else []

    waiting = until(told)
    assert {(job["status"], job["attempt_count"], job["paused_by"]) for job in waiting} == {("queued", 0, "lane_batch")}
    first = waiting[0]["queue_position"]  # what other tests left queued comes before
    assert [job["queue_position"] for job in waiting] == [first, first + 1, first + 2]
    other = api.completed(model="placeholder")
    assert (other["queue_position"], other["paused_by"]) == (None, None)
    resumed = api.http.post("/v1/controls/lane/batch/resume").json()
    assert (resumed["paused"], resumed["announcing"]) == (False, False)
    for job in jobs:
        assert api.reached(job, "completed")["attempt_count"] == 1


def _is_left(darkroom: RunningStack, job_id: str) -> bool:
    log = darkroom.log("generate").splitlines()
    return any("job waits" in line and job_id in line for line in log)
