"""What a job may cost in calls, counted where they arrive."""

from typing import Any

import pytest

from tests.integration.api import Api, a_key, a_prompt
from tests.integration.inside import counting
from tests.processes import Control


@pytest.fixture(autouse=True)
def _warm(api: Api) -> None:
    """Every client is made and connected: only what a request costs is counted."""
    api.completed(model="placeholder", mime_type="image/jpeg")


def test_a_submit_is_a_commit_and_a_publish(api: Api, control: Control) -> None:
    """Two calls on its way, with or without a key."""
    with control.fault("pubsub", "Deliver", effect="delay", latency_ms=1000):  # so that its worker is not counted
        for key in (None, a_key()):
            with counting(control) as calls:
                job = api.submit(key=key, model="placeholder")
            del calls["pubsub.Deliver"]
            assert calls == {"firestore.Commit": 1, "pubsub.Publish": 1}
            api.command(job, "cancel").raise_for_status()


def test_a_status_read_is_one_read(api: Api, control: Control) -> None:
    """Also where the answer is 304."""
    job = api.completed(model="placeholder")
    url = f"/v1/jobs/{job['id']}"
    with counting(control) as calls:
        tag = api.http.get(url).raise_for_status().headers["ETag"]
    assert calls == {"firestore.BatchGetDocuments": 1}
    with counting(control) as calls:
        assert api.http.get(url, headers={"If-None-Match": tag}).status_code == 304
    assert calls == {"firestore.BatchGetDocuments": 1}


def test_what_can_be_no_job_costs_no_call(api: Api, control: Control) -> None:
    """An id of the wrong form is refused without a look into the database."""
    with counting(control) as calls:
        assert api.http.get("/v1/jobs/no-such-job").status_code == 404
        assert api.http.post("/v1/jobs/no-such-job/cancel").status_code == 404
    assert not calls


@pytest.mark.parametrize(("body", "images"), [({}, 1), ({"n": 3}, 3), ({"cache": "off"}, 1)])
def test_a_job_is_at_most_five_commits(body: dict[str, Any], images: int, api: Api, control: Control) -> None:
    """Created, claimed, generating, uploading, completed; one model call; two objects an image."""
    with counting(control) as calls:
        job = api.completed(prompt=a_prompt(), mime_type="image/jpeg", **body)
    assert job["attempt_count"] == 1
    assert calls["firestore.Commit"] <= 5
    assert calls["vertex.Predict"] == 1
    assert calls["pubsub.Publish"] == 1
    assert calls["pubsub.Deliver"] == 1
    assert {name: n for name, n in calls.items() if name.startswith("storage.")} == {
        "storage.objects.insert": 2 * images
    }
    assert not [name for name in calls if name.startswith("firestore.") and name not in READS_AND_WRITES]


READS_AND_WRITES = {"firestore.Commit", "firestore.BatchGetDocuments", "firestore.RunQuery"}
