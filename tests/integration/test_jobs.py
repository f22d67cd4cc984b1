"""A prompt becomes stored pictures, and the job says all there is to know of them."""

import json
from hashlib import sha256
from io import BytesIO

import pytest
from PIL import Image

from shared.providers.painting import size_for
from tests.integration.api import Api, a_prompt
from tests.integration.inside import Inside, referenced

FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}
KINDS = [
    ("standard", "1:1", "image/png"),
    ("standard", "3:4", "image/jpeg"),
    ("fast", "4:3", "image/png"),
    ("fast", "9:16", "image/jpeg"),
    ("ultra", "16:9", "image/png"),
    ("placeholder", "2:3", "image/webp"),
    ("placeholder", "3:2", "image/jpeg"),
    ("placeholder", "4:5", "image/png"),
    ("placeholder", "5:4", "image/webp"),
    ("placeholder", "21:9", "image/webp"),
]
STAGES = ["queued", "processing", "generating", "uploading", "completed"]
PRICES = {"standard": 40_000, "fast": 20_000, "ultra": 60_000, "placeholder": 0}


@pytest.mark.parametrize(("model", "ratio", "mime_type"), KINDS)
def test_a_picture_of_each_ratio_and_format(model: str, ratio: str, mime_type: str, api: Api) -> None:
    """What is served is, byte for byte, what the job describes: format, size, length and hash."""
    job = api.completed(model=model, aspect_ratio=ratio, mime_type=mime_type)
    (image,) = job["images"]
    answer = api.image(job)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == image["mime_type"] == mime_type
    assert sha256(answer.content).hexdigest() == image["sha256"]
    assert len(answer.content) == image["bytes"]
    with Image.open(BytesIO(answer.content)) as picture:
        assert picture.format == FORMATS[mime_type]
        assert picture.size == (image["width"], image["height"]) == size_for(ratio)
    assert job["placeholder"] == (model == "placeholder")
    assert job["cost"]["actual_micros"] == job["cost"]["estimated_micros"] == PRICES[model]


def test_what_a_job_says_of_itself(api: Api) -> None:
    """Its stages in order, how long each took, what it cost, and where to go from here; nothing that is ours."""
    prompt = a_prompt()
    job = api.completed(prompt=prompt, labels={"film": "one"})
    url = f"{api.http.base_url}/v1/jobs/{job['id']}".replace("//v1", "/v1")
    assert [moment["status"] for moment in job["timeline"]] == STAGES
    assert job["status_sequence"] == len(STAGES)
    assert all(value is not None and value >= 0 for value in job["timings"].values())
    assert job["progress"] == 1
    assert job["failure"] is None
    assert (job["prompt"], job["labels"], job["attempt_count"]) == (prompt, {"film": "one"}, 1)
    assert job["urls"]["self"] == url
    assert job["images"][0]["url"] == f"{url}/images/0"
    assert job["cost"] == {
        "currency": "USD",
        "estimated_micros": 40_000,
        "actual_micros": 40_000,
        "counted_micros": 40_000,
        "items": [{"attempt": 1, "estimated_micros": 40_000, "actual_micros": 40_000}],
    }
    assert not {"fingerprint", "nonce", "lease", "tenant", "write_id", "wake_at", "outbox"}.intersection(job)


def test_the_answer_to_a_submit_leads_to_the_job(api: Api) -> None:
    """202, `Location`, and the job as it stands; a reader with its ETag is told when it has not changed."""
    answer = api.post({"prompt": a_prompt(), "not_before": "2100-01-01T00:00:00Z"})
    assert answer.status_code == 202
    assert "Idempotency-Replayed" not in answer.headers
    read = api.http.get(answer.headers["Location"])
    assert read.json() == answer.json() | {"queue_position": read.json()["queue_position"]}  # counted by a read alone
    unchanged = api.http.get(answer.headers["Location"], headers={"If-None-Match": read.headers["ETag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    api.command(answer.json(), "cancel").raise_for_status()
    changed = api.http.get(answer.headers["Location"], headers={"If-None-Match": read.headers["ETag"]})
    assert changed.status_code == 200


def test_several_images_with_a_seed(api: Api, inside: Inside) -> None:
    """Each is another picture, with the next seed; the first is what that seed alone gives."""
    prompt = a_prompt()
    job = api.completed(prompt=prompt, n=3, seed=7)
    assert [(image["index"], image["seed"]) for image in job["images"]] == [(0, 7), (1, 8), (2, 9)]
    assert len({image["sha256"] for image in job["images"]}) == 3
    assert inside.names(job) == referenced(job)
    assert job["cost"]["actual_micros"] == 120_000
    assert job["watermark"] is False
    second = api.completed(prompt=prompt, seed=8)
    assert second["images"][0]["sha256"] == job["images"][1]["sha256"]
    assert api.image(job, 3).status_code == 404


def test_what_lies_beside_an_image(api: Api, inside: Inside) -> None:
    """The sidecar and the object's metadata say whose image it is, and of the prompt only its hash."""
    prompt = a_prompt()
    job = api.completed(prompt=prompt, seed=11, mime_type="image/jpeg")
    (image,) = job["images"]
    picture, sidecar = inside.objects(job)
    about = {
        "job_id": job["id"],
        "model": "imagen-4.0-generate-001",
        "prompt_sha256": sha256(prompt.encode()).hexdigest(),
        "seed": 11,
        "cost_micros": 40_000,
        "sha256": image["sha256"],
    }
    assert f"gs://{picture.bucket.name}/{picture.name}" == image["uri"]
    assert picture.content_type == "image/jpeg"
    assert picture.metadata == {name: str(value) for name, value in about.items()} | {
        "lease_token": picture.metadata["lease_token"]
    }
    assert sidecar.content_type == "application/json"
    assert json.loads(sidecar.download_as_bytes()) == about


@pytest.mark.parametrize(
    ("placement", "folder"),
    [
        ({}, "tenants/local/jobs/{id}/image_{id}_0_{sha}.png"),
        ({"project_id": "p"}, "project_p/branch_main/master-assets/image_{id}_0_{sha}.png"),
        (
            {"project_id": "p", "branch_id": "b", "scene_id": "s", "shot_id": "t", "job_type": "start_frame"},
            "project_p/branch_b/scene_s/shot_t/start_frame_{id}_0_{sha}.png",
        ),
    ],
)
def test_where_an_image_lies(placement: dict[str, str], folder: str, api: Api) -> None:
    """By project, branch, scene and shot, or else by job; its name says whose it is."""
    job = api.completed(model="placeholder", **placement)
    (image,) = job["images"]
    name = image["uri"].split("/", 3)[3]
    assert name == folder.format(id=job["id"], sha=image["sha256"][:12])


def test_an_image_to_keep_has_a_name(api: Api) -> None:
    """`?download` has browsers save the file under the job's id."""
    job = api.completed(model="placeholder", mime_type="image/webp")
    shown, kept = api.image(job), api.image(job, download="")
    assert shown.content == kept.content
    assert "attachment" not in shown.headers.get("content-disposition", "")
    assert kept.headers["content-disposition"] == f'attachment; filename="{job["id"]}_0.webp"'


def test_a_batch_job_goes_its_own_way_to_the_same_end(api: Api) -> None:
    """Its lane is another topic."""
    assert api.completed(model="placeholder", priority="batch")["status"] == "completed"


def test_health_asks_nobody(api: Api) -> None:
    """The process answers."""
    assert api.http.get("/health").json() == {"status": "ok"}
