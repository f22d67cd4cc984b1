"""Processes that are killed in mid-work: what they worked on is done all the same, and shows what it cost."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.chaos.moved_clock import MovedClock
from tests.e2e.clients.iga import IgaClient
from tests.integration.api import Api, Job, a_key, a_prompt
from tests.integration.inside import Inside, counting, referenced
from tests.processes import Control
from tests.stack import RunningStack, stack
from tests.waiting import until

LEASE_SECONDS = 180  # which end when a test has the time move on: no worker loses its own by being slow


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> MovedClock:
    """The functions' time."""
    folder: Path = tmp_path_factory.mktemp("clock")
    return MovedClock(folder / "clock")


@pytest.fixture(scope="module")
def darkroom(clock: MovedClock) -> Iterator[RunningStack]:
    """A stack whose time the tests move. Nobody sweeps it but they."""
    settings = {"LEASE_SECONDS": str(LEASE_SECONDS), "CLOCK_OFFSET_FILE": str(clock.file)}
    with stack(SWEEP_SECONDS="0", **settings) as running:
        clock.follow(running.control)
        yield running


def _taken_over(job: Job, api: Api, inside: Inside, clock: MovedClock) -> Job:
    """The job, completed by another worker once its lease has ended."""
    clock.advance(LEASE_SECONDS + 1)
    inside.sweep()
    return api.reached(job, "completed")


def _killed_while(running: RunningStack, job: Job, api: Api, status: str, fault: int) -> None:
    """Kill the job's worker as soon as the job has the status and the fault holds a call up, and start another."""
    api.reached(job, status)
    until(lambda: running.control.hits(fault) > 0)
    running.kill("generate")
    running.restart("generate")


def test_a_job_outlives_its_worker(darkroom: RunningStack, api: Api, inside: Inside, clock: MovedClock) -> None:
    """Killed while the model works: a second attempt makes the picture; the first one's price stays unknown."""
    slow = darkroom.control.fault("vertex", "Predict", effect="hold", count=1)
    with counting(darkroom.control) as calls, slow as fault:
        job = api.submit()
        _killed_while(darkroom, job, api, "generating", fault)
        job = _taken_over(job, api, inside, clock)
    assert job["attempt_count"] == 2
    (note,) = [moment["note"] for moment in job["timeline"] if "note" in moment]
    assert note.startswith("taken over")
    assert len(job["images"]) == 1
    assert inside.names(job) == referenced(job)
    assert calls["vertex.Predict"] == 2
    assert [item["actual_micros"] for item in job["cost"]["items"]] == [None, 40_000]
    assert (job["cost"]["actual_micros"], job["cost"]["counted_micros"]) == (None, 80_000)


def test_a_task_whose_lock_is_stale_is_taken_over(
    darkroom: RunningStack, api: Api, inside: Inside, clock: MovedClock
) -> None:
    """LEASE_SECONDS after its worker died; its client sees it start, wait and succeed."""
    slow = darkroom.control.fault("vertex", "Predict", effect="hold", count=1)
    with closing(IgaClient(darkroom.base_url, poll_seconds=0.1, tries=1000)) as iga, slow as fault:
        accepted = iga.generate(a_key(), prompt=a_prompt())
        _killed_while(darkroom, {"id": accepted.task_id}, api, "generating", fault)
        assert iga.task(accepted.task_id).status in {"STARTED", "RETRY"}
        _taken_over({"id": accepted.task_id}, api, inside, clock)
        assert iga.wait(accepted).status == "SUCCESS"
    assert api.get({"id": accepted.task_id})["attempt_count"] == 2


def test_what_a_dead_worker_uploaded_is_removed(
    darkroom: RunningStack, api: Api, inside: Inside, clock: MovedClock
) -> None:
    """Killed between two uploads: only what the job references is in the bucket in the end."""
    with darkroom.control.fault("storage", "objects.insert", effect="hold", skip=1, count=1) as fault:
        job = api.submit()
        api.reached(job, "uploading")
        until(lambda: darkroom.control.hits(fault) > 0 and bool(inside.objects(job)))
        darkroom.kill("generate")
        (first,) = inside.objects(job)
        stray = inside.bucket.blob(first.name.replace("_0_", "_7_"))  # as another picture of the model would lie
        stray.metadata = first.metadata
        stray.upload_from_string(b"left behind")
        darkroom.restart("generate")
        job = _taken_over(job, api, inside, clock)
    assert job["attempt_count"] == 2
    assert len(job["images"]) == 1
    assert inside.names(job) == referenced(job)
    tokens = {blob.metadata["lease_token"] for blob in inside.objects(job)}
    assert tokens.isdisjoint({first.metadata["lease_token"]})


def test_a_queued_job_outlives_the_cloud(darkroom: RunningStack, api: Api, control: Control) -> None:
    """The local cloud is killed with a job in its queue: what it had acknowledged is there when it is back."""
    darkroom.kill("generate")
    job = api.submit()
    assert api.get(job)["status"] == "queued"
    darkroom.kill("cloud")
    darkroom.restart("cloud")
    darkroom.restart("generate")
    job = api.reached(job, "completed")
    assert job["attempt_count"] == 1
    assert control.counts()["vertex.Predict"] == 1
