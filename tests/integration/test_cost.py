"""What a job may cost in calls, counted where they arrive."""

import signal
from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.api import Api, a_key, a_prompt
from tests.integration.inside import counting
from tests.processes import Control
from tests.stack import RunningStack


@pytest.fixture(autouse=True)
def _warm(api: Api) -> None:
    """Every client is made and connected: only what a request costs is counted."""
    api.completed(model="placeholder", mime_type="image/jpeg")


@pytest.fixture
def _nobody_works(darkroom: RunningStack) -> Iterator[None]:
    """The workers stand still, so that their calls are not counted."""
    darkroom.signal("generate", signal.SIGSTOP)
    yield
    darkroom.signal("generate", signal.SIGCONT)


@pytest.mark.usefixtures("_nobody_works")
@pytest.mark.parametrize("key", [None, a_key()], ids=["without a key", "with a key"])
def test_a_submit_is_a_commit_and_a_publish(key: str | None, api: Api, darkroom: RunningStack) -> None:
    """Two calls on its way."""
    with counting(darkroom.control) as calls:
        job = api.submit(key=key, model="placeholder")
    del calls["pubsub.Deliver"]
    assert calls == {"firestore.Commit": 1, "pubsub.Publish": 1}
    darkroom.signal("generate", signal.SIGCONT)
    api.reached(job, "completed")


def test_a_status_read_is_one_read(api: Api, control: Control) -> None:
    """Also where the answer is 304."""
    job = api.completed(model="placeholder")
    url = f"/v1/jobs/{job['id']}"
    with counting(control) as calls:
        tag = api.http.get(url).raise_for_status().headers["ETag"]
    assert calls == {"firestore.GetDocument": 1}
    with counting(control) as calls:
        assert api.http.get(url, headers={"If-None-Match": tag}).status_code == 304
    assert calls == {"firestore.GetDocument": 1}


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


# The aggregation is a look at the job while it is queued: how many are before it.
READS_AND_WRITES = {
    "firestore.Commit", "firestore.GetDocument", "firestore.RunQuery", "firestore.RunAggregationQuery"
}  # fmt: skip
