"""The task contract, by a client that knows nothing else: from a prompt to the object in the bucket."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import msgspec
import pytest

from tests.e2e.clients.iga import IgaClient, IgaError
from tests.integration.alone import one_function
from tests.integration.api import Api, a_key, a_prompt
from tests.integration.inside import MODEL_SECONDS, Inside, counting, slow_prompt
from tests.processes import Control
from tests.stack import RunningStack
from tests.waiting import until

POLL_SECONDS = 0.05  # the contract's second is for people
UNKNOWN = "a" * 26


@pytest.fixture
def iga(darkroom: RunningStack) -> Iterator[IgaClient]:
    """A client of the stack's gateway, as patient as the contract's, and faster."""
    with closing(IgaClient(darkroom.base_url, poll_seconds=POLL_SECONDS, tries=round(60 / POLL_SECONDS))) as client:
        yield client


def test_a_prompt_becomes_an_object_in_the_bucket(iga: IgaClient, api: Api, inside: Inside) -> None:
    """Under the dialect's prefix, by the model that was asked for; the task is a job of its workflow."""
    prompt, workflow = a_prompt(), a_key()
    accepted = iga.generate(
        a_key(), workflow_id=workflow, prompt=prompt, aspect_ratio="16:9", add_watermark=False, model_id_override="fast"
    )
    task = iga.wait(accepted)
    assert task.status == "SUCCESS"
    result = task.result or {}
    assert result["prompt_used"].startswith(prompt)  # the model says more of it
    assert result["model_version"] == "vertex-ai-imagen-4.0-fast-generate-001"
    bucket, _, name = result["image_url"].removeprefix("gs://").partition("/")
    assert (bucket, name.startswith("images/iga/")) == (inside.bucket.name, True)
    assert inside.bucket.blob(name).download_as_bytes().startswith(b"\x89PNG")
    (job,) = api.http.get("/v1/jobs", params={"workflow_id": workflow}).json()["jobs"]
    assert (job["id"], job["dialect"], job["aspect_ratio"]) == (task.task_id, "iga", "16:9")
    assert inside.names(job) == [name, f"{name}.json"]


def test_a_repeated_key_is_the_same_task(iga: IgaClient, inside: Inside, control: Control) -> None:
    """However many ask at once, and after its end: one call of the model, one upload."""
    key, prompt = a_key(), a_prompt()
    with counting(control) as calls:
        with ThreadPoolExecutor(10) as pool:
            taken = list(pool.map(lambda _: iga.generate(key, prompt=prompt), range(10)))
        task = iga.wait(taken[0])
        again = iga.generate(key, prompt=prompt)
    assert {accepted.task_id for accepted in (*taken, again)} == {task.task_id}
    assert iga.task(task.task_id) == task
    assert (calls["vertex.Predict"], calls["storage.objects.insert"]) == (1, 2)
    assert len(inside.names({"id": task.task_id})) == 2


def test_a_key_used_for_another_payload_is_a_conflict(iga: IgaClient, inside: Inside, control: Control) -> None:
    """A task of its own, over at once, that makes nothing; the first one's image is as it was."""
    key, prompt = a_key(), a_prompt()
    first = iga.wait(iga.generate(key, prompt=prompt))
    with counting(control) as calls:
        conflict = iga.wait(iga.generate(key, prompt=prompt, aspect_ratio="9:16"))
        assert iga.wait(iga.generate(key, prompt=prompt, aspect_ratio="9:16")) == conflict
    assert conflict.is_conflict
    assert conflict.task_id != first.task_id
    assert (conflict.result or {})["idempotency_key"] == key
    assert calls["vertex.Predict"] == 0
    assert inside.names({"id": conflict.task_id}) == []
    assert iga.wait(iga.generate(key, prompt=prompt)) == first


def test_a_task_at_work_is_polled(iga: IgaClient, control: Control, darkroom: RunningStack) -> None:
    """202 and no result until its model has answered; a client that asks too seldom gives up."""
    accepted = iga.generate(a_key(), prompt=slow_prompt())
    until(lambda: iga.task(accepted.task_id).status == "STARTED")
    hasty = IgaClient(darkroom.base_url, poll_seconds=POLL_SECONDS, tries=3)
    with closing(hasty), pytest.raises(TimeoutError, match="3 tries"):
        hasty.wait(accepted)
    control.advance(MODEL_SECONDS)
    assert iga.wait(accepted).status == "SUCCESS"


def test_a_refused_prompt_is_a_failure(iga: IgaClient, control: Control) -> None:
    """With our code; its key gives that failure again, and calls no model."""
    key, prompt = a_key(), a_prompt("[[blocked]]")
    task = iga.wait(iga.generate(key, prompt=prompt))
    assert task.status == "FAILURE"
    assert (task.result or {})["error"]["type"] == "safety_blocked"
    with counting(control) as calls:
        assert iga.wait(iga.generate(key, prompt=prompt)) == task
    assert calls["vertex.Predict"] == 0


@pytest.mark.parametrize(
    ("content", "key", "error_code"),
    [
        (b'{"prompt": "a fox"}', None, "IGA_MISSING_IDEMPOTENCY_KEY"),
        (b'{"aspect_ratio": "1:1"}', "k", "IGA_BAD_REQUEST_PROMPT_MISSING"),
        (b'{"prompt": ""}', "k", "IGA_BAD_REQUEST_PROMPT_MISSING"),
        (b'{"prompt": "   "}', "k", "IGA_BAD_REQUEST_PROMPT_MISSING"),
        (b'{"prompt": 7}', "k", "IGA_BAD_REQUEST_PROMPT_MISSING"),
        (b"a fox", "k", "IGA_MALFORMED_JSON"),
        (None, "k", "IGA_MALFORMED_JSON"),
        (b'{"prompt": "a fox", "aspect_ratio": "square"}', "k", "IGA_INVALID_PAYLOAD"),
        (b'{"prompt": "a fox", "add_watermark": "no"}', "k", "IGA_INVALID_PAYLOAD"),
        (b'{"prompt": "a fox", "model_id_override": "imagegeneration@999"}', "k", "IGA_INVALID_PAYLOAD"),
    ],
)
def test_what_cannot_be_taken(iga: IgaClient, content: bytes | None, key: str | None, error_code: str) -> None:
    """400, in the contract's words alone."""
    with pytest.raises(IgaError) as refusal:
        iga.post(content, {"Content-Type": "application/json"} | ({"X-Idempotency-Key": key} if key else {}))
    refused = refusal.value
    assert (refused.status, refused.error_code, refused.media_type) == (400, error_code, "application/json")
    assert refused.body.keys() == {"error_code", "message"}


def test_an_unknown_task_is_not_found(iga: IgaClient) -> None:
    """404."""
    with pytest.raises(IgaError) as refusal:
        iga.task(UNKNOWN)
    assert (refusal.value.status, refusal.value.error_code) == (404, "IGA_TASK_NOT_FOUND")


def test_without_a_bucket_no_task_is_taken() -> None:
    """503, before anything is looked at."""
    with one_function("submit", GCS_BUCKET_NAME="") as url:
        iga = IgaClient(url)
        with closing(iga), pytest.raises(IgaError) as refusal:
            iga.generate("k", prompt="a fox")
    assert (refusal.value.status, refusal.value.error_code) == (503, "IGA_CONFIG_ERROR_GCS_BUCKET")
    assert "GCS_BUCKET_NAME" in refusal.value.message


def test_any_job_can_be_read_as_a_task(iga: IgaClient, api: Api) -> None:
    """Whoever asked for it, in whatever words."""
    job = api.completed()
    assert (iga.task(job["id"]).result or {})["image_url"] == job["images"][0]["uri"]


def test_equal_tasks_have_objects_of_their_own(iga: IgaClient, api: Api, inside: Inside, control: Control) -> None:
    """The second's is a copy, under the same prefix; what is deleted is gone, and the other's is not."""
    prompt = a_prompt()
    with counting(control) as calls:
        first, second = (iga.wait(iga.generate(a_key(), prompt=prompt)) for _ in range(2))
    assert calls["vertex.Predict"] == 1
    assert api.delete({"id": first.task_id}).is_success
    inside.sweep()
    assert inside.names({"id": first.task_id}) == []
    names = inside.names({"id": second.task_id})
    assert [name.startswith("images/iga/image_") for name in names] == [True, True]
    assert (second.result or {})["image_url"].endswith(names[0])


def test_how_long_it_took_is_in_the_logs(iga: IgaClient, darkroom: RunningStack) -> None:
    """Of the request, the task, its model and its upload: fields of a line of JSON each."""
    workflow = a_key()
    task = iga.wait(iga.generate(a_key(), workflow_id=workflow, prompt=a_prompt()))
    (request,) = _lines(darkroom, "submit", "request answered", workflow)
    assert (request["operation"], request["status"]) == ("generateImageTask", 202)
    assert request["latency_ms"] > 0
    until(lambda: _lines(darkroom, "generate", "job ended", workflow))  # it is written after the commit
    (done,) = _lines(darkroom, "generate", "job ended", workflow)
    assert done["job_id"] == task.task_id
    assert done["processing_ms"] >= done["generating_ms"] + done["uploading_ms"] > 0


def _lines(darkroom: RunningStack, function: str, message: str, workflow: str) -> list[dict[str, Any]]:
    """The log's lines of that message and workflow."""
    lines = (msgspec.json.decode(line) for line in darkroom.log(function).splitlines() if workflow in line)
    return [line for line in lines if line["message"] == message]
