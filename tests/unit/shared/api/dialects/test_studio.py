"""The studio contract: how its jobs are jobs, and refusals its errors."""

from typing import Any, get_args

import msgspec
import pytest

from shared.api.contract.codes import CODES
from shared.api.dialects.studio import job_of, said
from shared.config import Settings
from shared.domain.endings import failed
from shared.domain.errors import Rejected
from shared.domain.inputs import Reference, Source
from shared.domain.job import Artifact, Failure, Job, Spend, Stage, Status
from shared.domain.placement import prefix
from tests.builders import JOB_ID, a_job, a_job_in
from tests.fakes.clock import NOON
from tests.unit.shared.api.asking import OPEN, Api

ASSET: dict[str, Any] = {"projectId": "film", "jobType": "master_asset", "prompt": "a lighthouse"}
FRAME = ASSET | {"jobType": "start_frame", "sceneId": "s1", "shotId": "t2"}
INPAINT = ASSET | {"jobType": "inpaint"}
UPLOAD = "u" * 26
IMAGE = Artifact(index=0, uri="gs://b/i.png", sha256="0" * 64, mime_type="image/png", width=2, height=3, bytes=4)
DONE = a_job_in("completed", artifacts=(IMAGE,))


def with_secret(secret: str | None, **changes: Any) -> Settings:
    """Settings of a deployment whose permanent links are made with that."""
    return msgspec.structs.replace(OPEN, public_url_secret=secret, **changes)


PERMANENT = with_secret("s", public_url_mode="permanent")


def asked(api: Api, body: object, **headers: str) -> Job:
    """The job that such a body makes."""
    answer = api.submit.post("/api/images/generate", json=body, headers=headers)
    assert answer.status_code == 202, answer.text
    return api.jobs.job(answer.json()["jobId"])


def shown(api: Api, job: Job) -> dict[str, Any]:
    """That job, as the contract shows it."""
    api.jobs.has(job)
    answer = api.status.get(f"/api/images/jobs/{job.id}")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    found: dict[str, Any] = answer.json()
    return found


def test_a_job_is_taken() -> None:
    """202 and nothing but what the contract has; of exact pixels, on the main branch."""
    api = Api()
    answer = api.submit.post("/api/images/generate", json=ASSET | {"more": {"x": 1}, "sceneId": None})
    job = api.jobs.job(answer.json()["jobId"])
    assert (answer.status_code, answer.json()) == (202, {"jobId": job.id, "status": "queued"})
    assert (job.dialect, job.job_type, job.project_id, job.branch_id) == ("studio", "master_asset", "film", "main")
    assert (job.width, job.height, job.fit, job.n, job.mime_type) == (1024, 1024, "cover", 1, "image/png")
    assert api.queue.ids == [job.id]


@pytest.mark.parametrize(
    ("wishes", "folder"),
    [
        (ASSET, "project_film/branch_main/master-assets/master_asset"),
        (ASSET | {"sceneId": "s1", "shotId": "t2"}, "project_film/branch_main/master-assets/master_asset"),
        (ASSET | {"branchId": "b"}, "project_film/branch_b/master-assets/master_asset"),
        (FRAME, "project_film/branch_main/scene_s1/shot_t2/start_frame"),
        (FRAME | {"jobType": "end_frame", "branchId": "b"}, "project_film/branch_b/scene_s1/shot_t2/end_frame"),
    ],
)
def test_objects_lie_as_the_contract_has_it(wishes: dict[str, Any], folder: str) -> None:
    """An asset among the film's, a frame in its shot."""
    job = asked(Api(), wishes)
    assert prefix(job) == f"{folder}_{job.id}_"


def test_what_is_asked_for_the_job_has() -> None:
    """Its pixels choose the ratio; the capsule is a style, whose words the model is told."""
    job = asked(Api(), FRAME | {"width": 1920, "height": 1080, "visualStyleCapsuleId": "noir"})
    assert (job.width, job.height, job.aspect_ratio, job.style) == (1920, 1080, "16:9", "noir")
    assert "film noir" in job.told.prompt


@pytest.mark.parametrize(
    ("fields", "reference", "mask", "model"),
    [
        ({"imageUrl": "https://a.test/i"}, Reference(url="https://a.test/i"), None, "gemini-3.1-flash-image"),
        ({"imageUploadId": UPLOAD}, Reference(upload_id=UPLOAD), None, "gemini-3.1-flash-image"),
        ({"sourceJobId": JOB_ID}, Reference(job_id=JOB_ID), None, "gemini-3.1-flash-image"),
        (
            {"imageUrl": "https://a.test/i", "maskUrl": "https://a.test/m"},
            Reference(url="https://a.test/i"), Source(url="https://a.test/m"), "imagen-3.0-capability-001",
        ),
        (
            {"sourceJobId": JOB_ID, "maskUploadId": UPLOAD},
            Reference(job_id=JOB_ID), Source(upload_id=UPLOAD), "imagen-3.0-capability-001",
        ),
    ],
)  # fmt: skip
def test_an_inpaint_starts_from_a_picture(
    fields: dict[str, str], reference: Reference, mask: Source | None, model: str
) -> None:
    """By a model that can, though nobody names one."""
    api = Api()
    api.jobs.has(DONE)
    job = asked(api, INPAINT | fields)
    assert (job.job_type, job.references, job.mask, job.model) == ("inpaint", (reference,), mask, model)
    assert job.model_requested is None


def test_a_key_is_taken_from_the_body_or_the_headers() -> None:
    """Either names the same job; the answer has its status as it is by then."""
    api = Api()
    first = asked(api, ASSET | {"idempotencyKey": "take-1"})
    assert asked(api, ASSET, **{"Idempotency-Key": "take-1"}).id == first.id
    assert asked(api, ASSET | {"idempotencyKey": "take-1", "branchId": "main"}, **{"X-Idempotency-Key": "take-1"})
    api.jobs.change(first.id, lambda job: a_job_in("canceled", id=job.id, fingerprint=job.fingerprint))
    answer = api.submit.post("/api/images/generate", json=ASSET | {"idempotencyKey": "take-1"})
    assert (answer.status_code, answer.json()) == (202, {"jobId": first.id, "status": "failed"})
    assert answer.headers["Idempotency-Replayed"] == "true"
    assert api.queue.ids == [first.id] * 3


@pytest.mark.parametrize(
    ("body", "code", "named"),
    [
        (b"no json", "malformed_json", "JSON"),
        (b"[]", "invalid_request", "The body"),
        (b"{}", "invalid_request", "/projectId"),
        ({"projectId": "film", "jobType": "master_asset"}, "invalid_request", "/prompt"),
        (ASSET | {"prompt": " "}, "invalid_request", "/prompt"),
        (ASSET | {"jobType": "poster"}, "invalid_request", "start_frame"),
        (ASSET | {"projectId": "a/b"}, "invalid_request", "/projectId"),
        (ASSET | {"projectId": ".."}, "invalid_request", "/projectId"),
        (ASSET | {"width": 10}, "invalid_request", "/width"),
        (ASSET | {"height": "1024"}, "invalid_request", "/height"),
        (ASSET | {"idempotencyKey": "a b"}, "invalid_request", "/idempotencyKey"),
        (ASSET | {"visualStyleCapsuleId": "cubism"}, "unknown_style", "/visualStyleCapsuleId"),
        (ASSET | {"jobType": "start_frame"}, "invalid_request", "/sceneId: is missing: a frame is a shot's; /shotId"),
        (FRAME | {"shotId": None}, "invalid_request", "/shotId"),
        (INPAINT, "invalid_request", "imageUrl"),
        (INPAINT | {"imageUrl": "https://a.test", "sourceJobId": JOB_ID}, "invalid_request", "sourceJobId"),
        (INPAINT | {"imageUrl": "ftp://a.test"}, "invalid_request", "/imageUrl"),
        (INPAINT | {"sourceJobId": "nobodys"}, "invalid_request", "/sourceJobId: there is no job nobodys"),
        (
            INPAINT | {"imageUrl": "https://a.test", "maskUrl": "https://a.test", "maskUploadId": UPLOAD},
            "invalid_request", "/maskUploadId",
        ),
        (ASSET | {"imageUrl": "https://a.test"}, "invalid_request", "/imageUrl: goes with the jobType inpaint"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_of_the_contract_s_fields(body: object, code: str, named: str) -> None:
    """400, never worth a repeat, and no key is used up."""
    api = Api()
    content = body if isinstance(body, bytes) else msgspec.json.encode(body)
    answer = api.submit.post("/api/images/generate", content=content)
    error = answer.json()["error"]
    assert (answer.status_code, answer.json().keys()) == (400, {"error"})
    assert error.keys() == {"type", "code", "message", "failureStage", "retryable"}
    assert (error["type"], error["code"], error["failureStage"], error["retryable"]) == ("PERMANENT", code, None, False)
    assert named in error["message"]
    assert api.jobs.history == []


def test_two_keys_are_one_too_many() -> None:
    """Nobody could say which is meant."""
    headers = {"Idempotency-Key": "other"}
    answer = Api().submit.post("/api/images/generate", json=ASSET | {"idempotencyKey": "take-1"}, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_idempotency_key")


def test_another_request_under_a_key_is_refused() -> None:
    """As everywhere but in the task contract."""
    api = Api()
    asked(api, ASSET | {"idempotencyKey": "take-1"})
    answer = api.submit.post("/api/images/generate", json=FRAME | {"idempotencyKey": "take-1"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("status", get_args(Status))
def test_a_job_s_status_is_one_of_the_contract_s(status: Status) -> None:
    """A canceled one has failed; a link is there when it has completed."""
    found = shown(Api(), a_job_in(status, artifacts=(IMAGE,)))
    assert found["status"] == ("failed" if status == "canceled" else status)
    assert ("publicUrl" in found) == (status == "completed")
    assert found["jobId"] == JOB_ID


@pytest.mark.parametrize(
    ("stage", "told"),
    [("validating", "generating"), ("generating",) * 2, ("uploading",) * 2, ("persisting",) * 2],
)
def test_a_failure_has_its_class_and_stage(stage: Stage, told: str) -> None:
    """What comes before the model is shown as the model's."""
    failure = Failure(type="RATE_LIMIT", stage=stage, code="busy", message="Too many.", retryable=True)
    found = shown(Api(), failed(a_job_in("generating"), NOON, failure))
    error = {"type": "RATE_LIMIT", "code": "busy", "message": "Too many.", "failureStage": told, "retryable": True}
    assert (found["status"], found["error"]) == ("failed", error)
    waiting = a_job(failure=failure, attempt_count=1, retry_count=2)
    assert "error" not in shown(Api(), waiting)
    assert (shown(Api(), waiting)["attemptCount"], shown(Api(), waiting)["retryCount"]) == (1, 2)


def test_a_canceled_job_says_so() -> None:
    """It has failed, by the code `canceled`, and is not worth a repeat."""
    error = shown(Api(), a_job_in("canceled"))["error"]
    assert (error["type"], error["code"], error["retryable"]) == ("PERMANENT", "canceled", False)


def test_costs_are_told_in_credits() -> None:
    """Of each call, and of all; null where one is unknown."""
    known, lost = Spend(attempt=1, estimated_micros=40_000, actual_micros=39_000), Spend(attempt=2, estimated_micros=50)
    found = shown(Api(), a_job(spend=(known,)))
    assert (found["costCredits"], found["estimatedCost"]) == (3.9, 4.0)
    assert found["costBreakdown"] == [{"attempt": 1, "estimatedCost": 4.0, "costCredits": 3.9}]
    found = shown(Api(), a_job(spend=(known, lost), estimated_micros=None))
    assert (found["costCredits"], found["estimatedCost"]) == (None, None)
    assert found["costBreakdown"][1] == {"attempt": 2, "estimatedCost": 0.005, "costCredits": None}
    assert job_of(a_job(spend=(known,)), None, 1).cost_credits == 0.039


def test_a_link_is_signed_anew_at_each_look() -> None:
    """For a week, or as long as the deployment says."""
    assert shown(Api(), DONE)["publicUrl"] == "https://fake.test/gs://b/i.png?seconds=604800&anew"
    hour = msgspec.structs.replace(OPEN, signed_url_seconds=3600)
    assert shown(Api(hour), DONE)["publicUrl"] == "https://fake.test/gs://b/i.png?seconds=3600&anew"


def test_a_permanent_link_opens_until_the_job_is_deleted() -> None:
    """The same at each look, for whoever has it, whatever the mode is later; then it is 404."""
    api = Api(msgspec.structs.replace(PERMANENT, auth_mode="keys", dialect_tenants="studio:local"))
    url = shown(api, DONE)["publicUrl"]
    assert url == shown(api, DONE)["publicUrl"]
    assert url.startswith(f"http://api.test/i/{JOB_ID}/0/")
    opened = api.status.get(url)
    assert (opened.status_code, opened.headers["Location"]) == (302, "https://fake.test/gs://b/i.png?seconds=3600")
    assert opened.headers["Cache-Control"] == "no-store"
    later = Api(with_secret("s"))
    later.jobs.has(DONE)
    assert later.status.get(url).status_code == 302
    api.jobs.has(msgspec.structs.replace(DONE, deleted_at=NOON))
    assert api.status.get(url).status_code == 404


def test_no_link_can_be_guessed_or_made_of_another() -> None:
    """Whatever is wrong with it, it is the same 404."""
    api = Api(PERMANENT)
    other = msgspec.structs.replace(DONE, id="b" * 26, nonce="nonce-2", artifacts=(IMAGE,))
    api.jobs.has(other)
    head, _, capability = shown(api, DONE)["publicUrl"].rpartition("/")
    wrong = [
        f"{head}/{capability[::-1]}", f"{head}/", f"{head}/x", f"{head[:-1]}1/{capability}",
        f"{head[:-1]}-1/{capability}",
        f"/i/{other.id}/0/{capability}", f"/i/nonsense/0/{capability}", f"{head[:-1]}00/{capability}",
    ]  # fmt: skip
    bodies = {api.status.get(url).text for url in wrong if not url.endswith("/")}
    assert [api.status.get(url).status_code for url in wrong] == [404] * len(wrong)
    assert len(bodies) == 1
    closed = Api()
    closed.jobs.has(DONE)
    assert closed.status.get(f"{head}/{capability}").status_code == 404  # it has no secret
    elsewhere = Api(with_secret("t"))
    elsewhere.jobs.has(DONE)
    assert elsewhere.status.get(f"{head}/{capability}").status_code == 404


def test_permanent_links_without_a_secret_are_a_setting_that_lacks() -> None:
    """503, which names it."""
    api = Api(msgspec.structs.replace(PERMANENT, public_url_secret=None))
    api.jobs.has(DONE)
    answer = api.status.get(f"/api/images/jobs/{JOB_ID}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "missing_public_url_secret")
    assert answer.json()["error"]["type"] == "TEMPORARY"


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_refusal_has_a_class(code: str) -> None:
    """By its status; what is worth a repeat follows from the class."""
    status = CODES[code][0]
    refusal = said(Rejected(status, code, "/style and /references/0/url, but not /styles"))
    classes = {401: "AUTH_ERROR", 403: "AUTH_ERROR", 429: "RATE_LIMIT", 500: "TEMPORARY", 503: "TEMPORARY"}
    kind = classes.get(status, "PERMANENT")
    assert refusal.status == status
    assert msgspec.to_builtins(refusal.body) == {"error": {
        "type": kind, "code": code, "message": "/visualStyleCapsuleId and /imageUrl, but not /styles",
        "failureStage": None, "retryable": kind in {"RATE_LIMIT", "TEMPORARY"},
    }}  # fmt: skip


def test_an_unknown_job_and_a_missing_key_are_told_alike_in_shape() -> None:
    """404 and 401, as the contract's clients read them."""
    unknown = Api().status.get(f"/api/images/jobs/{JOB_ID}")
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "job_not_found")
    locked = Api(Settings()).submit.post("/api/images/generate", json=ASSET)
    assert (locked.status_code, locked.json()["error"]["type"]) == (401, "AUTH_ERROR")


def test_the_client_is_one_module() -> None:
    """For any page to load, with a version."""
    answer = Api(Settings()).status.get("/client.js")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/javascript; charset=utf-8")
    assert "export function createImageService" in answer.text
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    known = Api().status.get("/client.js", headers={"If-None-Match": answer.headers["ETag"]})
    assert known.status_code == 304
