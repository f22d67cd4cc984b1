"""The studio contract, by a client that knows nothing else: from a prompt to a picture that opens without a key."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from PIL import Image

from tests.e2e.clients.studio import StudioClient, StudioError
from tests.integration.alone import one_function
from tests.integration.api import Api, a_key, a_prompt
from tests.integration.inside import MODEL_SECONDS, Inside, counting, slow_prompt
from tests.processes import Control
from tests.stack import RunningStack
from tests.waiting import until

POLL_SECONDS = 0.05  # the contract's second is for people
WEEK = 7 * 24 * 3600


@pytest.fixture
def studio(darkroom: RunningStack) -> Iterator[StudioClient]:
    """A client of the stack's gateway, as patient as the contract's, and faster."""
    with closing(StudioClient(darkroom.base_url, poll_seconds=POLL_SECONDS, tries=round(60 / POLL_SECONDS))) as client:
        yield client


def an_asset(**more: Any) -> dict[str, Any]:
    """The body of a request for a picture that no other test has."""
    return {"projectId": "film", "jobType": "master_asset", "prompt": a_prompt(), **more}


def a_frame(**more: Any) -> dict[str, Any]:
    """The body of a request for the first frame of a shot."""
    return an_asset(jobType="start_frame", sceneId="s1", shotId="t2", **more)


def test_a_prompt_becomes_a_frame_that_anybody_may_open(studio: StudioClient, api: Api, inside: Inside) -> None:
    """Of exactly the pixels that were asked for, where the layout has it, with the model's own bytes beside it."""
    job_id, status = studio.generate(**a_frame(branchId="b1", width=1920, height=1080, visualStyleCapsuleId="noir"))
    assert status == "queued"
    job = studio.wait(job_id)
    assert (job.status, job.attempt_count, job.retry_count) == ("completed", 1, 0)
    assert (job.cost_credits, job.estimated_cost) == (4.0, 4.0)
    assert job.more == {"costBreakdown": [{"attempt": 1, "estimatedCost": 4.0, "costCredits": 4.0}]}
    url = urlsplit(job.public_url or "")
    folder = f"/{inside.bucket.name}/project_film/branch_b1/scene_s1/shot_t2/start_frame_{job_id}_0_"
    assert url.path.startswith(folder)
    assert parse_qs(url.query)["X-Goog-Expires"] == [str(WEEK)]
    with Image.open(BytesIO(studio.open(job.public_url or ""))) as picture:
        assert (picture.format, picture.size) == ("PNG", (1920, 1080))
    (image,) = api.get({"id": job_id})["images"]
    assert (image["original"]["width"], image["original"]["height"]) != (1920, 1080)


def test_a_repeated_key_is_the_same_job(studio: StudioClient, control: Control) -> None:
    """However many ask at once, and after its end: its id and its status by then, one call of the model."""
    body = an_asset(idempotencyKey=a_key())
    with counting(control) as calls:
        with ThreadPoolExecutor(10) as pool:
            taken = {job_id for job_id, _ in pool.map(lambda _: studio.generate(**body), range(10))}
        (job_id,) = taken
        studio.wait(job_id)
        assert studio.generate(**body) == (job_id, "completed")
    assert calls["vertex.Predict"] == 1
    with pytest.raises(StudioError) as refusal:
        studio.generate(**body | {"prompt": a_prompt()})
    assert (refusal.value.status, refusal.value.type) == (422, "PERMANENT")


def test_a_job_at_work_is_looked_at(studio: StudioClient, control: Control, darkroom: RunningStack) -> None:
    """Until the model has answered; a client that looks too seldom gives up."""
    job_id, _ = studio.generate(**an_asset(prompt=slow_prompt()))
    until(lambda: studio.job(job_id).status == "generating")
    hasty = StudioClient(darkroom.base_url, poll_seconds=POLL_SECONDS, tries=3)
    with closing(hasty), pytest.raises(TimeoutError, match="generating"):
        hasty.wait(job_id)
    control.advance(MODEL_SECONDS)
    assert studio.wait(job_id).status == "completed"


def test_what_a_filter_refuses_has_failed_for_good(studio: StudioClient) -> None:
    """With its class, its stage and no picture."""
    job = studio.wait(studio.generate(**an_asset(prompt=a_prompt("[[blocked]]")))[0])
    assert job.failure is not None
    assert (job.failure.type, job.failure.code) == ("PERMANENT", "safety_blocked")
    assert (job.failure.failure_stage, job.failure.retryable) == ("generating", False)


def test_what_is_canceled_has_failed(studio: StudioClient, api: Api, control: Control) -> None:
    """With a code of its own."""
    job_id, _ = studio.generate(**an_asset(prompt=slow_prompt()))
    until(lambda: studio.job(job_id).status == "generating")
    api.command({"id": job_id}, "cancel").raise_for_status()
    control.advance(MODEL_SECONDS)
    failure = studio.wait(job_id).failure
    assert failure is not None
    assert (failure.code, failure.retryable) == ("canceled", False)


def test_a_part_of_a_picture_is_painted_anew(studio: StudioClient, api: Api) -> None:
    """From an earlier job's picture."""
    first = studio.wait(studio.generate(**an_asset())[0])
    job = studio.wait(studio.generate(**an_asset(jobType="inpaint", sourceJobId=first.job_id))[0])
    assert job.status == "completed"
    assert api.get({"id": job.job_id})["references"][0]["job_id"] == first.job_id


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"prompt": " "}, "invalid_request"),
        ({"jobType": "poster"}, "invalid_request"),
        ({"jobType": "end_frame"}, "invalid_request"),
        ({"jobType": "inpaint"}, "invalid_request"),
        ({"projectId": None}, "invalid_request"),
        ({"visualStyleCapsuleId": "cubism"}, "unknown_style"),
    ],
)
def test_what_cannot_be_taken(studio: StudioClient, changes: dict[str, Any], code: str) -> None:
    """400, never worth a repeat."""
    with pytest.raises(StudioError) as refusal:
        studio.generate(**an_asset() | changes)
    refused = refusal.value
    assert (refused.status, refused.type, refused.code, refused.retryable) == (400, "PERMANENT", code, False)


def test_an_unknown_job_is_not_found(studio: StudioClient) -> None:
    """404."""
    with pytest.raises(StudioError) as refusal:
        studio.job("a" * 26)
    assert (refusal.value.status, refusal.value.type) == (404, "PERMANENT")


def test_any_job_can_be_read_so_and_is_one_everywhere(studio: StudioClient, api: Api) -> None:
    """Whoever asked for it, in whatever words."""
    asked_for_elsewhere = api.completed()
    assert studio.job(asked_for_elsewhere["id"]).status == "completed"
    job = studio.wait(studio.generate(**an_asset())[0])
    assert api.get({"id": job.job_id})["dialect"] == "studio"
    assert api.http.get(f"/v1/tasks/{job.job_id}").json()["status"] == "SUCCESS"


def test_a_permanent_link_opens_until_the_job_is_deleted(
    studio: StudioClient, api: Api, darkroom: RunningStack
) -> None:
    """The same at each look, on our own host, and it leads to the picture."""
    job = studio.wait(studio.generate(**an_asset())[0])
    permanent = one_function("status", **{**darkroom.environment, "PUBLIC_URL_MODE": "permanent"})
    with permanent as url, closing(StudioClient(url)) as other:
        link = other.job(job.job_id).public_url or ""
        assert other.job(job.job_id).public_url == link
    assert link.startswith(f"{darkroom.base_url}/i/{job.job_id}/0/")
    assert studio.open(link).startswith(b"\x89PNG")
    api.delete({"id": job.job_id}).raise_for_status()
    assert api.http.get(link).status_code == 404


@pytest.mark.parametrize(
    "path", ["/api/images/generate", "/api/images/jobs/j", "/v1/jobs/j/events", "/v1/images/generations"]
)
def test_a_front_end_on_a_server_of_its_own_may_call(darkroom: RunningStack, path: str) -> None:
    """On this machine, whatever its port; a browser asks beforehand, and whichever function is asked says so."""
    origin = "http://localhost:5173"
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    url = f"{darkroom.base_url}{path}"
    answer = httpx.options(url, headers={"Origin": origin, **asked}, trust_env=False)
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (204, origin)
    assert answer.headers["Access-Control-Allow-Headers"] == "authorization,content-type"
    refused = httpx.options(url, headers={"Origin": "https://evil.example", **asked}, trust_env=False)
    assert refused.status_code == 405
