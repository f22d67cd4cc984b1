"""POST /v1/jobs and the commands on a job."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from shared.config import Settings
from shared.domain.errors import Unavailable
from tests.builders import JOB_ID, a_job, a_job_in
from tests.unit.shared.api.asking import Api

BODY = {"prompt": "a fox"}
KEY = {"Idempotency-Key": "key-1"}


def test_a_job_is_accepted() -> None:
    """202, where it is, and the job itself."""
    api = Api()
    answer = api.submit.post("/v1/jobs", json=BODY, headers=KEY | {"X-Workflow-ID": "w", "X-User-ID": "u"})
    job = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == job["urls"]["self"] == f"http://api.test/v1/jobs/{job['id']}"
    assert "idempotency-replayed" not in answer.headers
    assert (job["status"], job["workflow_id"], job["user_id"]) == ("queued", "w", "u")
    assert api.queue.ids == [job["id"]]


def test_what_was_accepted_can_be_read() -> None:
    """The very same job."""
    api = Api()
    job = api.submit.post("/v1/jobs", json=BODY).json()
    assert api.status.get(f"/v1/jobs/{job['id']}").json() == job | {"queue_position": 0}


def test_a_replay_says_so() -> None:
    """202 while it runs, 200 once it has ended."""
    api = Api()
    job = api.submit.post("/v1/jobs", json=BODY, headers=KEY).json()
    again = api.submit.post("/v1/jobs", json=BODY, headers=KEY)
    assert (again.status_code, again.headers["idempotency-replayed"], again.json()) == (202, "true", job)
    api.jobs.change(job["id"], lambda stored: msgspec.structs.replace(stored, status="failed"))
    assert api.submit.post("/v1/jobs", json=BODY, headers=KEY).status_code == 200


def test_both_names_of_the_key_are_taken() -> None:
    """The older header names the same job."""
    api = Api()
    ids = {
        api.submit.post("/v1/jobs", json=BODY, headers={n: "k"}).json()["id"]
        for n in ("Idempotency-Key", "X-Idempotency-Key")
    }
    assert len(ids) == 1


def test_a_key_for_another_request_is_422() -> None:
    """With a stable code."""
    api = Api()
    api.submit.post("/v1/jobs", json=BODY, headers=KEY)
    answer = api.submit.post("/v1/jobs", json={"prompt": "a wolf"}, headers=KEY)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("key", ["", "a b", "ä".encode("latin-1"), "x" * 256, "a\tb"])
def test_a_key_of_other_characters_is_400(key: str | bytes) -> None:
    """1 to 255 visible ASCII."""
    answer = Api().submit.post(
        "/v1/jobs", json=BODY, headers=[(b"idempotency-key", key if isinstance(key, bytes) else key.encode())]
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_idempotency_key")


@pytest.mark.parametrize("other", ["Idempotency-Key", "X-Idempotency-Key"])
def test_of_two_keys_none_is_taken(other: str) -> None:
    """Nobody could say which is meant; the same one twice is one."""
    api = Api()
    for key, status in (("key-1", 202), ("key-2", 400)):
        headers = [("Idempotency-Key", "key-1"), (other, key)]
        assert api.submit.post("/v1/jobs", headers=headers, json={"prompt": "a fox"}).status_code == status
    assert len(api.jobs.history) == 1


TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.mark.parametrize(("sent", "kept"), [(TRACE, TRACE), ("x" * 2000, None), (TRACE[:-1], None)])
def test_only_a_trace_that_is_one_goes_on(sent: str, kept: str | None) -> None:
    """Pub/Sub would refuse the announcement of a job whose trace is longer than an attribute may be."""
    api = Api()
    api.submit.post("/v1/jobs", json=BODY, headers={"traceparent": sent})
    assert [job.trace for job in api.queue.announced] == [kept]


@pytest.mark.parametrize("header", ["X-Workflow-ID", "X-User-ID"])
@pytest.mark.parametrize("value", ["", "x" * 256])
def test_a_name_that_cannot_be_stored_is_400(header: str, value: str) -> None:
    """1 to 255 printable characters."""
    answer = Api().submit.post("/v1/jobs", json=BODY, headers={header: value})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_header")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/prompt"),
        ({"prompt": 1}, "/prompt"),
        ({"prompt": ""}, "/prompt"),
        ({"prompt": "x", "promt": "y"}, "/promt"),
        ({"prompt": "x", "a/b~c": "y"}, "/a~1b~0c"),
        ({"prompt": "x", "n": 11}, "/n"),
        ({"prompt": "x", "aspect_ratio": "5:6"}, "/aspect_ratio"),
        ({"prompt": "x", "labels": {"a": 1}}, "/labels"),
        ({"prompt": "x", "labels": {"A": "b"}}, "/labels"),
        ({"prompt": "x", "project_id": "."}, "/project_id"),
        ({"prompt": "x", "shot_id": "t"}, "/shot_id"),
        ({"prompt": "x", "deadline": "2020-01-01T00:00:00Z"}, "/deadline"),
        ({"prompt": "x", "webhook": {"url": "ftp://x"}}, "/webhook/url"),
        ({"prompt": "x", "webhook": {"url": "https://x.test", "events": ["job.lost"]}}, "/webhook/events/0"),
        ({"prompt": "x", "webhook": {"uri": "https://x.test"}}, "/webhook/uri"),
        ({"prompt": "x", "model": "unknown"}, "/model"),
        ([], ""),
        ("x", ""),
    ],
)
def test_whatever_is_wrong_is_pointed_at(body: Any, pointer: str) -> None:
    """400 as a problem, with a JSON pointer and the reason; nothing is written."""
    api = Api()
    answer = api.submit.post("/v1/jobs", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    problem = answer.json()
    assert problem["status"] == 400
    assert pointer in [error["pointer"] for error in problem["errors"]]
    assert all(error["detail"] for error in problem["errors"])
    assert api.jobs.history == []


@pytest.mark.parametrize(
    ("content", "media_type", "status", "code"),
    [
        (b"{", "application/json", 400, "malformed_json"),
        (b'{"prompt": "\xff"}', "application/json", 400, "malformed_json"),
        (b'{"prompt": "\\ud800"}', "application/json", 400, "malformed_json"),
        (b"", "application/json", 400, "missing_body"),
        (b"prompt=x", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b'{"prompt": "x"}', "application/vnd.x+json; charset=utf-8", 202, None),
        (b'{"prompt": "' + b"x" * 1024 * 1024 + b'"}', "application/json", 413, "body_too_large"),
    ],
)
def test_a_body_that_is_none_is_refused(content: bytes, media_type: str, status: int, code: str | None) -> None:
    """Each with its own status."""
    answer = Api().submit.post("/v1/jobs", content=content, headers={"content-type": media_type})
    assert (answer.status_code, answer.json().get("code")) == (status, code)


def test_a_body_too_large_is_refused_without_a_length() -> None:
    """A chunked body is counted as it comes."""

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(17):
            yield b"x" * 65536

    answer = Api().submit.post("/v1/jobs", content=chunks())
    assert answer.status_code == 413


def test_a_closed_deployment_takes_nothing() -> None:
    """Neither writes nor reads."""
    api = Api(Settings())
    answers = [api.submit.post("/v1/jobs", json=BODY), api.status.get(f"/v1/jobs/{JOB_ID}")]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(401, "unauthorized")] * 2


def test_a_database_that_does_not_answer_is_503() -> None:
    """With the time after which a repeat makes sense."""
    api = Api()
    api.jobs.failures.refuse("create", Unavailable("dependency_unavailable", "Down.", retry_after=5))
    answer = api.submit.post("/v1/jobs", json=BODY)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


def test_a_defect_is_500_and_tells_nothing() -> None:
    """What went wrong is in the logs, not in the answer."""
    api = Api()
    api.jobs.failures.refuse("create", RuntimeError("secret"))
    answer = api.submit.post("/v1/jobs", json=BODY)
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "secret" not in answer.text


def test_addresses_are_those_that_clients_call() -> None:
    """PUBLIC_URL, where it is set."""
    api = Api(Settings(auth_mode="none", public_url="https://pictures.test/"))
    job = api.submit.post("/v1/jobs", json=BODY).json()
    assert job["urls"]["self"] == f"https://pictures.test/v1/jobs/{job['id']}"


def test_a_queued_job_is_canceled_at_once_and_one_at_work_later() -> None:
    """200, or 202 while its worker is asked."""
    api = Api()
    api.jobs.has(a_job())
    answer = api.submit.post(f"/v1/jobs/{JOB_ID}/cancel")
    assert (answer.status_code, answer.json()["status"]) == (200, "canceled")
    api.jobs.has(a_job_in("generating"))
    answer = api.submit.post(f"/v1/jobs/{JOB_ID}/cancel")
    assert (answer.status_code, answer.json()["cancel_requested"]) == (202, True)


def test_a_command_under_a_key_is_carried_out_once() -> None:
    """A repeat gives the job as it is, and says so."""
    api = Api()
    api.jobs.has(a_job_in("failed"))
    first = api.submit.post(f"/v1/jobs/{JOB_ID}/retry", headers=KEY)
    again = api.submit.post(f"/v1/jobs/{JOB_ID}/retry", headers=KEY)
    assert [answer.status_code for answer in (first, again)] == [202, 202]
    assert (again.headers["idempotency-replayed"], again.json()["retry_count"]) == ("true", 1)


def test_an_answer_says_how_long_its_key_is_known() -> None:
    """A week longer than the job; without a key there is nothing to say."""
    api = Api(Settings(auth_mode="none", retention_days=1.0))
    answer = api.submit.post("/v1/jobs", json=BODY, headers=KEY)
    assert answer.headers["idempotency-key-expires"] == "Sun, 29 Nov 2026 12:00:00 GMT"
    assert "idempotency-key-expires" not in api.submit.post("/v1/jobs", json=BODY).headers
    canceled = api.submit.post(f"/v1/jobs/{answer.json()['id']}/cancel", headers=KEY)
    assert canceled.headers["idempotency-key-expires"] == "Sun, 29 Nov 2026 12:00:00 GMT"
    kept = Api().submit.post("/v1/jobs", json=BODY, headers=KEY)
    assert kept.headers["idempotency-key-expires"] == "never"


def test_a_deletion_is_answered_again_under_its_key() -> None:
    """Another command under it is 422; without a key the job is gone."""
    api = Api()
    api.jobs.has(a_job())
    path = f"/v1/jobs/{JOB_ID}"
    first, again = api.submit("DELETE", path, headers=KEY), api.submit("DELETE", path, headers=KEY)
    assert (first.status_code, again.status_code) == (202, 202)
    assert (first.headers.get("idempotency-replayed"), again.headers["idempotency-replayed"]) == (None, "true")
    other = api.submit.post(f"{path}/cancel", headers=KEY)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert api.submit("DELETE", path).status_code == 404


def test_a_command_that_does_not_fit_is_409() -> None:
    """With the status that stands in its way."""
    api = Api()
    api.jobs.has(a_job_in("completed"))
    for command, code in (("cancel", "job_finished"), ("retry", "job_not_failed")):
        answer = api.submit.post(f"/v1/jobs/{JOB_ID}/{command}")
        assert (answer.status_code, answer.json()["code"]) == (409, code)


def test_a_deleted_job_is_gone_for_every_call() -> None:
    """202 once, then 404; its key answers 410."""
    api = Api()
    job = api.submit.post("/v1/jobs", json=BODY, headers=KEY).json()
    assert api.submit("DELETE", f"/v1/jobs/{job['id']}").status_code == 202
    assert api.submit("DELETE", f"/v1/jobs/{job['id']}").status_code == 404
    assert api.status.get(f"/v1/jobs/{job['id']}").status_code == 404
    assert api.submit.post(f"/v1/jobs/{job['id']}/cancel").status_code == 404
    assert api.submit.post("/v1/jobs", json=BODY, headers=KEY).status_code == 410


@pytest.mark.parametrize("command", ["cancel", "retry"])
def test_another_tenant_s_job_cannot_be_touched(command: str) -> None:
    """404, as if it were not there."""
    api = Api()
    api.jobs.has(a_job(tenant="another"))
    assert api.submit.post(f"/v1/jobs/{JOB_ID}/{command}").status_code == 404
    assert api.submit("DELETE", f"/v1/jobs/{JOB_ID}").status_code == 404
    assert api.jobs.job(JOB_ID) == a_job(tenant="another")
