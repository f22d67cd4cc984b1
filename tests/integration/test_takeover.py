"""Processes that are killed in mid-work: what they worked on is done all the same, and shows what it cost."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.e2e.clients.iga import IgaClient
from tests.integration.api import Api, Job, a_key, a_prompt
from tests.integration.inside import Inside, counting, referenced
from tests.processes import Control
from tests.stack import RunningStack, stack
from tests.waiting import until

LEASE_SECONDS = 5
SECONDS = 60  # within which a job must be done after its worker died


@pytest.fixture(scope="module")
def darkroom() -> Iterator[RunningStack]:
    """A stack with short leases, swept every second."""
    with stack(LEASE_SECONDS=str(LEASE_SECONDS), SWEEP_SECONDS="1") as running:
        yield running


def _killed_while(running: RunningStack, job: Job, api: Api, status: str, fault: int) -> None:
    """Kill the job's worker as soon as the job has the status and the fault holds a call up, and start another."""
    api.reached(job, status)
    until(lambda: running.control.hits(fault) > 0)
    running.kill("generate")
    running.restart("generate")


def test_a_job_outlives_its_worker(darkroom: RunningStack, api: Api, inside: Inside) -> None:
    """Killed while the model works: a second attempt makes the picture; the first one's price stays unknown."""
    slow = darkroom.control.fault("vertex", "Predict", effect="delay", latency_ms=8000, count=1)
    with counting(darkroom.control) as calls, slow as fault:
        job = api.submit()
        _killed_while(darkroom, job, api, "generating", fault)
        job = api.reached(job, "completed", seconds=SECONDS)
    assert job["attempt_count"] == 2
    (note,) = [moment["note"] for moment in job["timeline"] if "note" in moment]
    assert note.startswith("taken over")
    assert len(job["images"]) == 1
    assert inside.names(job) == referenced(job)
    assert calls["vertex.Predict"] == 2
    assert [item["actual_micros"] for item in job["cost"]["items"]] == [None, 40_000]
    assert (job["cost"]["actual_micros"], job["cost"]["counted_micros"]) == (None, 80_000)


def test_a_task_whose_lock_is_stale_is_taken_over(darkroom: RunningStack, api: Api) -> None:
    """LEASE_SECONDS after its worker died; its client sees it start, wait and succeed."""
    slow = darkroom.control.fault("vertex", "Predict", effect="delay", latency_ms=8000, count=1)
    with closing(IgaClient(darkroom.base_url, poll_seconds=0.1, tries=10 * SECONDS)) as iga, slow as fault:
        accepted = iga.generate(a_key(), prompt=a_prompt())
        _killed_while(darkroom, {"id": accepted.task_id}, api, "generating", fault)
        assert iga.task(accepted.task_id).status in {"STARTED", "RETRY"}
        assert iga.wait(accepted).status == "SUCCESS"
    assert api.get({"id": accepted.task_id})["attempt_count"] == 2


def test_what_a_dead_worker_uploaded_is_removed(darkroom: RunningStack, api: Api, inside: Inside) -> None:
    """Killed between two uploads: only what the job references is in the bucket in the end."""
    with darkroom.control.fault("storage", "objects.insert", effect="delay", latency_ms=4000, skip=1, count=1) as fault:
        job = api.submit()
        api.reached(job, "uploading")
        until(lambda: darkroom.control.hits(fault) > 0 and bool(inside.objects(job)))
        darkroom.kill("generate")
        (first,) = inside.objects(job)
        stray = inside.bucket.blob(first.name.replace("_0_", "_7_"))  # as another picture of the model would lie
        stray.metadata = first.metadata
        stray.upload_from_string(b"left behind")
        darkroom.restart("generate")
        job = api.reached(job, "completed", seconds=SECONDS)
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
    job = api.reached(job, "completed", seconds=SECONDS)
    assert job["attempt_count"] == 1
    assert control.counts()["vertex.Predict"] == 1
