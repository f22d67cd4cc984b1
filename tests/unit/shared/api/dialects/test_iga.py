"""The task contract: how jobs are tasks, and refusals its errors."""

from datetime import timedelta
from typing import Any, get_args

import msgspec
import pytest

from shared.api.contract.codes import CODES
from shared.api.dialects.iga import ERROR_CODES, said, task_of
from shared.config import Settings
from shared.domain.api_key import Token, fresh_secret
from shared.domain.endings import failed
from shared.domain.errors import FailureType, Rejected
from shared.domain.job import Artifact, Failure, Job, Status
from shared.domain.placement import prefix
from tests.builders import JOB_ID, a_job, a_job_in
from tests.fakes.clock import NOON
from tests.unit.shared.api.asking import OPEN, Api

BODY: dict[str, Any] = {"prompt": "a fox in the snow"}
KEY = {"X-Idempotency-Key": "order-17"}
IMAGE = Artifact(index=0, uri="gs://b/i.png", sha256="0" * 64, mime_type="image/png", width=2, height=3, bytes=4)


def a_failure(kind: FailureType = "PERMANENT", *, retryable: bool = False) -> Failure:
    """Why a job failed."""
    return Failure(type=kind, stage="generating", code="safety_blocked", message="No.", retryable=retryable)


@pytest.mark.parametrize(
    ("job", "status", "http"),
    [
        (a_job(), "PENDING", 202),
        (a_job(attempt_count=1), "RETRY", 202),
        (a_job_in("processing"), "STARTED", 202),
        (a_job_in("generating"), "STARTED", 202),
        (a_job_in("uploading"), "STARTED", 202),
        (a_job_in("completed", artifacts=(IMAGE,)), "SUCCESS", 200),
        (failed(a_job_in("generating"), NOON, a_failure()), "FAILURE", 200),
        (a_job_in("canceled"), "FAILURE", 200),
    ],
)
def test_a_job_s_status_as_a_task_s(job: Job, status: str, http: int) -> None:
    """202 without a result until it has ended."""
    api = Api()
    api.jobs.has(job)
    answer = api.status.get(f"/v1/tasks/{job.id}")
    assert (answer.status_code, answer.json()["task_id"], answer.json()["status"]) == (http, JOB_ID, status)
    assert (answer.json()["result"] is None) == (http == 202)


def test_every_status_of_a_job_is_one_of_a_task() -> None:
    """None is forgotten, whatever a job may be."""
    for status in get_args(Status):
        assert task_of(a_job_in(status, artifacts=(IMAGE,))).status


def test_a_task_s_image_is_where_it_lies() -> None:
    """With what the model was told, and which it was, even where it is no model of Vertex AI."""
    job = a_job_in("completed", artifacts=(IMAGE,), model="imagen-4.0-fast-generate-001")
    result = {"image_url": "gs://b/i.png", "prompt_used": "a fox in the snow"}
    result["model_version"] = "vertex-ai-imagen-4.0-fast-generate-001"
    assert msgspec.to_builtins(task_of(job).result) == result
    changed = msgspec.structs.replace(job, prompt_used="A red fox.")
    assert msgspec.to_builtins(task_of(changed).result)["prompt_used"] == "A red fox."


def test_a_task_s_failure_is_its_code() -> None:
    """And one without a code has the contract's own."""
    job = failed(a_job_in("generating"), NOON, a_failure())
    assert msgspec.to_builtins(task_of(job).result) == {"error": {"type": "safety_blocked", "message": "No."}}
    canceled = msgspec.to_builtins(task_of(a_job_in("canceled")).result)
    assert canceled == {"error": {"type": "task_failed", "message": "The task was canceled."}}


def test_a_task_is_taken() -> None:
    """202 and nothing but what the contract has; the job is one of the dialect's, under its prefix."""
    api = Api(msgspec.structs.replace(OPEN, iga_gcs_image_prefix="pictures/"))
    answer = api.submit.post("/generate_image", json=BODY, headers=KEY | {"X-Workflow-ID": "w"})
    job_id = answer.json()["task_id"]
    assert (answer.status_code, answer.json()) == (202, {
        "message": "Image generation task accepted.", "task_id": job_id, "status_url": f"/v1/tasks/{job_id}",
        "idempotency_key_processed": "order-17",
    })  # fmt: skip
    job = api.jobs.job(job_id)
    assert (job.dialect, prefix(job), job.workflow_id) == ("iga", f"pictures/image_{job_id}_", "w")
    assert (job.aspect_ratio, job.watermark, job.model) == ("1:1", True, "imagen-4.0-generate-001")
    assert api.status.get(f"/v1/jobs/{job_id}").json()["dialect"] == "iga"


def test_what_a_task_asks_for_the_job_has() -> None:
    """Fields of somebody else's do not matter."""
    api = Api()
    wishes = {"aspect_ratio": "16:9", "add_watermark": False, "model_id_override": "ultra"}
    answer = api.submit.post("/generate_image", json=BODY | wishes | {"callback": {"x": [1]}}, headers=KEY)
    job = api.jobs.job(answer.json()["task_id"])
    assert (job.aspect_ratio, job.watermark, job.model_requested) == ("16:9", False, "ultra")


@pytest.mark.parametrize("wish", [True, False])
def test_an_old_model_is_what_has_taken_its_place(*, wish: bool) -> None:
    """With the watermark that this one gives; the answer says that the old one is gone."""
    api = Api()
    body = BODY | {"add_watermark": wish, "model_id_override": "imagegeneration@006"}
    answer = api.submit.post("/generate_image", json=body, headers=KEY)
    job = api.jobs.job(answer.json()["task_id"])
    assert (job.model, job.watermark) == ("gemini-3.1-flash-image", True)
    assert {"Deprecation", "Sunset"} <= {name.title() for name in answer.headers}
    assert api.submit.post("/generate_image", json=body, headers=KEY).json() == answer.json()
    refused = api.submit.post("/v1/jobs", json={"prompt": "x", "watermark": False, "model": "imagegeneration@006"})
    assert refused.status_code == 400


def test_a_repeat_is_the_same_task() -> None:
    """Whatever its body has beside; the key is not that of a job of the API itself."""
    api = Api()
    first = api.submit.post("/generate_image", json=BODY, headers=KEY)
    again = api.submit.post("/generate_image", json=BODY | {"more": 1, "aspect_ratio": None}, headers=KEY)
    assert (again.status_code, again.json()) == (202, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert api.submit.post("/v1/jobs", json=BODY, headers=KEY).json()["id"] != first.json()["task_id"]


def test_another_payload_under_a_key_is_a_task_that_ends_with_a_conflict() -> None:
    """Taken, and never worked on; its repeats name it again, and the first task is as it was."""
    api = Api()
    first = api.submit.post("/generate_image", json=BODY, headers=KEY).json()["task_id"]
    answers = [api.submit.post("/generate_image", json={"prompt": "a hare"}, headers=KEY) for _ in range(2)]
    other = api.submit.post("/generate_image", json={"prompt": "a cow"}, headers=KEY).json()["task_id"]
    assert [answer.status_code for answer in answers] == [202, 202]
    ids = {answer.json()["task_id"] for answer in answers}
    assert len({first, other, *ids}) == 3
    task_id = ids.pop()
    task = api.status.get(f"/v1/tasks/{task_id}")
    message = "This idempotency key was used for another request before: nothing was made for this one."
    assert (task.status_code, task.json()) == (200, {
        "task_id": task_id, "status": "SUCCESS",
        "result": {"status": "PROCESSING_CONFLICT", "message": message, "idempotency_key": "order-17"},
    })  # fmt: skip
    job = api.status.get(f"/v1/jobs/{task_id}").json()
    assert (job["status"], job["failure"]["code"], job["attempt_count"]) == ("failed", "idempotency_conflict", 0)
    assert (job["cost"]["estimated_micros"], job["cost"]["actual_micros"]) == (0, 0)
    retried = api.submit.post(f"/v1/jobs/{task_id}/retry")
    assert (retried.status_code, retried.json()["code"]) == (409, "job_is_a_conflict")
    assert api.queue.ids == [first]


@pytest.mark.parametrize(("kind", "retryable"), [("TEMPORARY", True), ("PERMANENT", False)])
def test_a_repeat_after_a_failure(kind: FailureType, *, retryable: bool) -> None:
    """A user's retry of the same task where another try may mend it; else that failure again."""
    api = Api()
    task_id = api.submit.post("/generate_image", json=BODY, headers=KEY).json()["task_id"]
    failure = a_failure(kind, retryable=retryable)
    api.jobs.change(task_id, lambda job: failed(job, NOON + timedelta(seconds=1), failure, attempt_count=1))
    assert api.submit.post("/generate_image", json=BODY, headers=KEY).json()["task_id"] == task_id
    task = api.status.get(f"/v1/tasks/{task_id}").json()
    assert task["status"] == ("RETRY" if retryable else "FAILURE")
    assert (api.jobs.job(task_id).retry_count, len(api.queue.ids)) == ((1, 2) if retryable else (0, 1))


@pytest.mark.parametrize(
    ("body", "headers", "error_code"),
    [
        (b'{"prompt": "x"}', {}, "IGA_MISSING_IDEMPOTENCY_KEY"),
        (b'{"prompt": "x"}', {"X-Idempotency-Key": ""}, "IGA_MISSING_IDEMPOTENCY_KEY"),
        (b'{"prompt": "x"}', {"X-Idempotency-Key": "  "}, "IGA_MISSING_IDEMPOTENCY_KEY"),
        (b"not json", {}, "IGA_MISSING_IDEMPOTENCY_KEY"),
        (b'{"prompt": "x"}', {"X-Idempotency-Key": "k" * 256}, "IGA_INVALID_PAYLOAD"),
        (b'{"prompt": "x"}', KEY | {"X-Workflow-ID": "w" * 256}, "IGA_INVALID_PAYLOAD"),
        (b"", KEY, "IGA_MALFORMED_JSON"),
        (b"prompt=x", KEY, "IGA_MALFORMED_JSON"),
        (b'{"prompt": "x"', KEY, "IGA_MALFORMED_JSON"),
        (b'{"prompt": "\xff"}', KEY, "IGA_MALFORMED_JSON"),
        (b"[" * 5000, KEY, "IGA_MALFORMED_JSON"),
        (b"{}", KEY, "IGA_BAD_REQUEST_PROMPT_MISSING"),
        (b'{"prompt": null}', KEY, "IGA_BAD_REQUEST_PROMPT_MISSING"),
        (b'{"prompt": ""}', KEY, "IGA_BAD_REQUEST_PROMPT_MISSING"),
        (b'{"prompt": " \\n\\u2003"}', KEY, "IGA_BAD_REQUEST_PROMPT_MISSING"),
        (b'{"prompt": ["x"]}', KEY, "IGA_BAD_REQUEST_PROMPT_MISSING"),
        (b'["prompt"]', KEY, "IGA_INVALID_PAYLOAD"),
        (b'"prompt"', KEY, "IGA_INVALID_PAYLOAD"),
        (b'{"prompt": "' + b"x" * 32_001 + b'"}', KEY, "IGA_INVALID_PAYLOAD"),
        (b'{"prompt": "x", "aspect_ratio": "7:5"}', KEY, "IGA_INVALID_PAYLOAD"),
        (b'{"prompt": "x", "aspect_ratio": 1}', KEY, "IGA_INVALID_PAYLOAD"),
        (b'{"prompt": "x", "add_watermark": "yes"}', KEY, "IGA_INVALID_PAYLOAD"),
        (b'{"prompt": "x", "model_id_override": "dall-e"}', KEY, "IGA_INVALID_PAYLOAD"),
        (b'{"prompt": "x", "model_id_override": ""}', KEY, "IGA_INVALID_PAYLOAD"),
    ],
)
def test_what_is_wrong_with_a_task(body: bytes, headers: dict[str, str], error_code: str) -> None:
    """400 with the contract's code and some words, and nothing else; no key is used up."""
    api = Api()
    answer = api.submit.post("/generate_image", content=body, headers=headers)
    assert (answer.status_code, answer.json()["error_code"]) == (400, error_code)
    assert answer.headers["content-type"] == "application/json"
    assert answer.json().keys() == {"error_code", "message"}
    assert answer.json()["message"]
    assert api.jobs.history == []


def test_a_client_need_not_name_the_media_type() -> None:
    """The body is JSON whatever its headers say."""
    headers = KEY | {"Content-Type": "application/x-www-form-urlencoded"}
    assert Api().submit.post("/generate_image", content=b'{"prompt": "x"}', headers=headers).status_code == 202


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_refusal_has_a_code_of_the_contract_s_kind(code: str) -> None:
    """The contract's own where it has one; of what is wrong with a payload there is one for all the rest."""
    status = CODES[code][0]
    refusal = said(Rejected(status, code, "Why."))
    usual = "IGA_INVALID_PAYLOAD" if status == 400 else f"IGA_{code.upper()}"
    assert msgspec.to_builtins(refusal.body) == {"error_code": ERROR_CODES.get(code, usual), "message": "Why."}
    assert refusal.status == (400 if code == "model_retired" else status)


@pytest.mark.parametrize(
    ("method", "path", "status", "error_code"),
    [
        ("POST", "/generate_image", 401, "IGA_UNAUTHORIZED"),
        ("GET", f"/v1/tasks/{JOB_ID}", 401, "IGA_UNAUTHORIZED"),
        ("GET", "/generate_image", 405, "IGA_METHOD_NOT_ALLOWED"),
        ("PUT", f"/v1/tasks/{JOB_ID}", 405, "IGA_METHOD_NOT_ALLOWED"),
    ],
)
def test_whatever_refuses_speaks_the_dialect(method: str, path: str, status: int, error_code: str) -> None:
    """The lock and the router too, with the headers that they have always."""
    api = Api(Settings())
    answer = (api.status if method == "GET" else api.submit)(method, path, json=BODY)
    assert (answer.status_code, answer.json()["error_code"]) == (status, error_code)
    assert ("WWW-Authenticate" if status == 401 else "Allow") in answer.headers


@pytest.mark.parametrize("task_id", [JOB_ID, "nonsense", "%2e%2e"])
def test_an_unknown_task_is_404(task_id: str) -> None:
    """Whether it could be one or not."""
    answer = Api().status.get(f"/v1/tasks/{task_id}")
    assert (answer.status_code, answer.json()["error_code"]) == (404, "IGA_TASK_NOT_FOUND")


def test_of_a_dialect_that_is_switched_off_there_is_nothing() -> None:
    """As of any other address that there is not; nor is it in the contract."""
    api = Api(msgspec.structs.replace(OPEN, dialects="none"))
    answer = api.submit.post("/generate_image", json=BODY, headers=KEY)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert api.submit("PUT", f"/v1/tasks/{JOB_ID}").status_code == 404
    assert "/generate_image" not in api.status.get("/openapi.json").json()["paths"]
    assert "/generate_image" in Api().status.get("/openapi.json").json()["paths"]


def test_a_dialect_opened_to_a_tenant_needs_no_key() -> None:
    """And whoever asks without one is that tenant, there and nowhere else."""
    api = Api(Settings(dialect_tenants="iga:acme"))
    answer = api.submit.post("/generate_image", json=BODY, headers=KEY)
    task_id = answer.json()["task_id"]
    assert (answer.status_code, api.jobs.job(task_id).tenant) == (202, "acme")
    assert api.status.get(f"/v1/tasks/{task_id}").status_code == 202
    assert api.status.get(f"/v1/jobs/{task_id}").status_code == 401
    assert api.submit.post("/v1/jobs", json=BODY).status_code == 401
    wrong = {"Authorization": f"Bearer {Token('a' * 26, fresh_secret())}"}
    assert api.submit.post("/generate_image", json=BODY, headers=KEY | wrong).status_code == 401
