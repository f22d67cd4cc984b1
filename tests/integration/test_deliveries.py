"""What `generate` makes of the messages that reach it, in whatever shape."""

import json
from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.integration.api import Api, Job
from tests.integration.inside import MODEL_SECONDS, counting, in_the_model
from tests.processes import Control
from tests.stack import RunningStack
from tests.waiting import until

SUBSCRIPTION = "projects/darkroom-local/subscriptions/jobs-interactive-generate"
TYPE = "google.cloud.pubsub.topic.v1.messagePublished"
EVENT = {"specversion": "1.0", "id": "1", "type": TYPE, "source": "//pubsub.googleapis.com/projects/p/topics/t"}


def _envelope(data: str, attributes: dict[str, str] | None = None) -> dict[str, Any]:
    inner = {"data": b64encode(data.encode()).decode(), "messageId": "1", "publishTime": "2026-01-01T00:00:00Z"}
    return {"message": inner | ({"attributes": attributes} if attributes else {}), "subscription": SUBSCRIPTION}


def _raw(job_id: str) -> tuple[dict[str, str], dict[str, Any]]:
    return {"Content-Type": "application/json"}, _envelope(job_id)


def _by_attribute_alone(job_id: str) -> tuple[dict[str, str], dict[str, Any]]:
    return {"Content-Type": "application/json"}, _envelope("", {"job_id": job_id})


def _binary(job_id: str) -> tuple[dict[str, str], dict[str, Any]]:
    headers = {f"ce-{name}": value for name, value in EVENT.items()}
    return {"Content-Type": "application/json", **headers}, _envelope(job_id, {"job_id": job_id})


def _structured(job_id: str) -> tuple[dict[str, str], dict[str, Any]]:
    body = {**EVENT, "datacontenttype": "application/json", "data": _envelope(job_id, {"job_id": job_id})}
    return {"Content-Type": "application/cloudevents+json; charset=utf-8"}, body


@pytest.fixture
def unannounced(api: Api, control: Control) -> Iterator[Job]:
    """A job that no message was published for."""
    with control.fault("pubsub", "Publish", code="PERMISSION_DENIED"):
        job = api.submit(model="placeholder")
    yield job
    api.command(job, "cancel")


def _deliver(running: RunningStack, headers: dict[str, str], body: Any) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    url = f"{running.function_url('generate')}/"
    return httpx.post(url, content=content, headers=headers, timeout=60, trust_env=False)


@pytest.mark.parametrize("shape", [_raw, _by_attribute_alone, _binary, _structured])
def test_each_shape_of_a_message_is_worked_on(shape: Any, unannounced: Job, api: Api, darkroom: RunningStack) -> None:
    """The answer comes when the work is done, and acknowledges the message."""
    answer = _deliver(darkroom, *shape(unannounced["id"]))
    assert (answer.status_code, answer.json()) == (200, {"job_id": unannounced["id"], "result": "done"})
    assert api.get(unannounced)["status"] == "completed"


@pytest.mark.parametrize("job_id", ["a" * 26, "no id", "../x"])
def test_a_message_for_a_job_that_is_not_there_is_acknowledged(job_id: str, darkroom: RunningStack) -> None:
    """It would never find one."""
    answer = _deliver(darkroom, *_raw(job_id))
    assert (answer.status_code, answer.json()["result"]) == (200, "not_claimed")


def test_a_second_message_for_a_job_changes_nothing(api: Api, darkroom: RunningStack, control: Control) -> None:
    """While it is worked on, and after its end."""
    job = in_the_model(api, control)
    with counting(control) as calls:
        assert _deliver(darkroom, *_raw(job["id"])).json()["result"] == "not_claimed"
    assert calls == {"firestore.GetDocument": 1}
    control.advance(MODEL_SECONDS)
    job = api.reached(job, "completed")
    assert _deliver(darkroom, *_raw(job["id"])).json()["result"] == "not_claimed"
    assert api.get(job) == job


@pytest.mark.parametrize(("effect", "times"), [("duplicate", 1), ("lose_response", 2)])
def test_a_message_that_comes_twice_is_one_job(effect: str, times: int, api: Api, control: Control) -> None:
    """Doubled on its way, or delivered again because the acknowledgement was lost."""
    delivered = control.counts().get("pubsub.Deliver", 0)
    with counting(control) as calls, control.fault("pubsub", "Deliver", effect=effect, count=1):
        job = api.completed()
        until(lambda: control.counts()["pubsub.Deliver"] == delivered + times)
    assert (api.get(job)["attempt_count"], calls["vertex.Predict"]) == (1, 1)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, b""),
        ({"Content-Type": "application/json"}, b"not JSON"),
        ({"Content-Type": "application/json"}, b'{"message": {"data": "\xff"}}'),
        ({"Content-Type": "application/json"}, b'{"x": ' + b"[" * 100_000),
        ({"Content-Type": "application/json"}, {"no": "message"}),
        ({"Content-Type": "application/json"}, {"message": "text"}),
        ({"Content-Type": "application/json"}, {"message": {"data": "not base64!"}}),
        ({"Content-Type": "application/json"}, _envelope("")),
        ({"Content-Type": "application/cloudevents+json"}, _envelope("a" * 26)),
        ({"Content-Type": "application/cloudevents+json"}, {"specversion": "9", "data": _envelope("a" * 26)}),
    ],
)
def test_what_is_no_message_is_400(headers: dict[str, str], body: Any, darkroom: RunningStack) -> None:
    """The problem says what is missing; the broker's dead letters will show it."""
    answer = _deliver(darkroom, headers, body)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert answer.json()["code"] == "not_a_message"


def test_generate_and_sweep_take_post_alone(darkroom: RunningStack) -> None:
    """405 and `Allow` for the rest."""
    for name in ("generate", "sweep"):
        answer = httpx.get(f"{darkroom.function_url(name)}/", timeout=30, trust_env=False)
        assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
