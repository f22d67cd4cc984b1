"""Pictures to start from: uploads, own jobs' images and masks, on the whole stack."""

from base64 import b64encode
from hashlib import md5
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.integration.api import Api, Job, a_key, a_prompt
from tests.integration.inside import Inside, referenced

GEMINI, EDITOR = "gemini-3.1-flash-image", "imagen-3.0-capability-001"


def a_mask(width: int, height: int) -> bytes:
    """White is where to paint."""
    image, file = Image.new("L", (width, height)), BytesIO()
    image.paste(255, (width // 4, height // 4, width // 2, height // 2))
    image.save(file, "PNG")
    return file.getvalue()


def uploaded(api: Api, data: bytes, mime_type: str = "image/png") -> str:
    """The id of a picture, sent as the API says."""
    body = {"mime_type": mime_type, "bytes": len(data), "md5": b64encode(md5(data).digest()).decode()}  # noqa: S324
    upload = api.http.post("/v1/uploads", json=body).raise_for_status().json()
    sent = httpx.request(upload["method"], upload["upload_url"], headers=upload["headers"], content=data)
    assert sent.status_code == 200, sent.text
    upload_id: str = upload["id"]
    return upload_id


def inputs_of(inside: Inside, job: Job) -> list[str]:
    """The names of the pictures that are kept for a job."""
    return [name for name in inside.names(job) if "_input_" in name]


@pytest.fixture(scope="module")
def painted() -> dict[str, Job]:
    """The job whose picture these tests start from, once there is one."""
    return {}


@pytest.fixture
def source(api: Api, painted: dict[str, Job]) -> Job:
    """A completed job."""
    if not painted:
        painted["job"] = api.completed(model="standard", project_id="inputs", labels={"a": "b"})
    return painted["job"]


def test_an_upload_is_a_reference(api: Api, inside: Inside, source: Job) -> None:
    """The job keeps a copy of its own, under its own name; an equal job with the same picture calls no model."""
    data = api.image(source).content
    wanted: dict[str, Any] = {"prompt": a_prompt(), "model": GEMINI, "n": 2}
    upload_id = uploaded(api, data)
    job = api.completed(references=[{"upload_id": upload_id}], **wanted)
    assert (job["references"], job["model"], len(job["images"])) == ([{"upload_id": upload_id}], GEMINI, 2)
    (name,) = inputs_of(inside, job)
    assert inside.bucket.blob(name).download_as_bytes() == data
    assert "inputs/" not in api.http.get(f"/v1/jobs/{job['id']}").text
    again = api.completed(references=[{"upload_id": uploaded(api, data)}], **wanted)
    assert (job["cached"], again["cached"]) == (False, True)


def test_a_mask_says_where_to_paint(api: Api, inside: Inside, source: Job) -> None:
    """In an own job's picture; with the job, what it started from is deleted."""
    picture = source["images"][0]
    mask = uploaded(api, a_mask(picture["width"], picture["height"]))
    reference = {"job_id": source["id"], "index": 0}
    options = {"edit_mode": "inpaint_insertion"}
    job = api.completed(model=EDITOR, references=[reference], mask={"upload_id": mask}, provider_options=options)
    assert (job["references"], job["mask"]) == ([{"job_id": source["id"]}], {"upload_id": mask})
    assert sorted(inside.names(job)) == sorted([*referenced(job), *inputs_of(inside, job)])
    assert len(inputs_of(inside, job)) == 2
    api.delete(job).raise_for_status()
    inside.sweep()
    assert inside.names(job) == []


def test_a_variation_starts_from_a_picture(api: Api, inside: Inside, source: Job) -> None:
    """By a model that takes one; the same key names it, and it lies where its source does."""
    key = a_key()
    answers = [
        api.http.post(f"/v1/jobs/{source['id']}/variations", json={"n": 2}, headers={"Idempotency-Key": key})
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [202, 202]
    job = api.reached(answers[0].json(), "completed")
    assert answers[1].json()["id"] == job["id"]
    assert (job["variation_of"], job["model"], job["prompt"]) == (source["id"], GEMINI, source["prompt"])
    assert all(name.startswith("project_inputs/") for name in inside.names(job))
    assert len(job["images"]) == 2


def test_an_upload_that_expired_ends_the_job(api: Api, inside: Inside, source: Job) -> None:
    """Nothing is paid, and it says what to do; the bucket is told to forget uploads after a day."""
    upload_id = uploaded(api, api.image(source).content)
    inside.bucket.delete_blob(f"inputs/local/{upload_id}")
    job = api.reached(api.submit(model=GEMINI, references=[{"upload_id": upload_id}]), "failed")
    failure = job["failure"]
    assert (failure["code"], failure["stage"], failure["billed"]) == ("input_not_found", "validating", "no")
    assert "/v1/uploads" in failure["message"]
    assert job["cost"]["actual_micros"] == 0
    inside.bucket.reload()
    (rule,) = inside.bucket.lifecycle_rules
    assert rule == {"action": {"type": "Delete"}, "condition": {"age": 1, "matchesPrefix": ["inputs/"]}}
