"""The music-video endpoints: what their fields come to, and how they answer."""

import asyncio
from typing import Any

import msgspec
import pytest

from shared.config import Settings
from shared.domain.job import Job
from shared.domain.storyboard import Scene
from tests.unit.shared.api.asking import OPEN, Api

SCENES, PORTRAIT = "/api/mv/create_scenes", "/api/mv/generate_character_reference"
WITH_TOKEN = msgspec.structs.replace(OPEN, replicate_api_token="t")  # noqa: S106 - a test's
PERSON = {
    "character_description": "an old sailor.", "negative_prompt": "hat", "seed": 7, "num_images": 2,
    "aspect_ratio": "3:4", "output_format": "webp", "safety_filter_level": "block_only_high",
    "person_generation": "allow_all", "project_id": "clip",
}  # fmt: skip


def _job(api: Api) -> Job:
    (job,) = api.jobs.history
    return job


def test_fields_that_are_left_out_have_defaults() -> None:
    """Five scenes of a music video, without a character that nobody described."""
    api = Api()
    answer = api.submit.post(SCENES, json={"idea": "a rainy night.", "unknown": 1})
    job = _job(api)
    assert (answer.status_code, answer.json()) == (
        202, {"job_id": job.id, "status": "queued", "status_url": f"/v1/storyboards/{job.id}"},
    )  # fmt: skip
    assert job.board
    assert (job.board.request.scene_count, job.board.request.render, job.dialect) == (5, None, "mv")
    assert job.prompt.startswith("a rainy night. It is a music video: ")
    assert "character" not in job.prompt
    assert "Write 5 scenes" in job.told.prompt


def test_what_is_given_is_told() -> None:
    """Each field has its place in what the writer is told."""
    api = Api()
    body = {
        "idea": "a rainy night", "character_description": "Ada", "character_characteristics": "red coat",
        "number_of_scenes": 3, "video_type": "lyric video", "video_characteristics": "grainy",
        "camera_angle": "from above", "project_id": "clip",
    }  # fmt: skip
    assert api.submit.post(SCENES, json=body).status_code == 202
    job = _job(api)
    for words in ("Ada red coat", "lyric video: grainy", "from above", "Write 3 scenes"):
        assert words in job.told.prompt
    assert job.project_id == "clip"


def test_portraits_are_imagen_4s_where_there_is_a_token() -> None:
    """What that model does not know is said in the prompt, or has no effect."""
    api = Api(WITH_TOKEN)
    assert api.submit.post(PORTRAIT, json=PERSON).status_code == 202
    job = _job(api)
    assert (job.provider, job.model, job.n, job.aspect_ratio) == ("replicate", "google/imagen-4", 2, "3:4")
    assert job.prompt.endswith("an old sailor. Not in the picture: hat")
    assert (job.seed, job.negative_prompt, job.mime_type) == (None, None, "image/webp")
    assert job.provider_options.safety_setting == "block_only_high"


def test_without_a_token_the_usual_model_paints_them() -> None:
    """With all that it knows."""
    api = Api()
    assert api.submit.post(PORTRAIT, json=PERSON).status_code == 202
    job = _job(api)
    assert (job.provider, job.seed, job.negative_prompt, job.n) == ("imagen", 7, "hat", 2)
    assert (job.job_type, job.project_id) == ("character_reference", "clip")
    options = job.provider_options
    assert (options.person_generation, options.safety_setting) == ("allow_all", "block_only_high")


def test_scenes_that_are_there_are_answered_at_once() -> None:
    """To a repeat that would wait."""
    api = Api()
    key = {"Idempotency-Key": "k"}
    api.submit.post(SCENES, json={"idea": "x"}, headers=key)
    stored = asyncio.run(api.jobs.get(_job(api).id))
    assert stored
    api.jobs.has(
        msgspec.structs.replace(
            stored.job, status="completed", scenes=(Scene(prompt="a"), Scene(prompt="b", negative_prompt="c"))
        )
    )
    answer = api.submit.post(f"{SCENES}?wait=30", json={"idea": "x"}, headers=key)
    assert answer.status_code == 200
    assert answer.headers["idempotency-replayed"] == "true"
    assert answer.json() == {
        "scenes": [
            {"description": "a", "negative_description": ""},
            {"description": "b", "negative_description": "c"},
        ],
        "job_id": stored.job.id,
    }


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        (SCENES, {}, "/idea"),
        (SCENES, {"idea": "  "}, "/idea"),
        (SCENES, {"idea": "x", "number_of_scenes": 101}, "/number_of_scenes"),
        (SCENES, {"idea": "x", "project_id": ".."}, "/project_id"),
        (PORTRAIT, {"character_description": 1}, "/character_description"),
        (PORTRAIT, {"character_description": "x", "num_images": 5}, "/num_images"),
        (PORTRAIT, {"character_description": "x", "output_format": "gif"}, "/output_format"),
        (PORTRAIT, {"character_description": "x", "aspect_ratio": "7:5"}, "/aspect_ratio"),
    ],
)
def test_what_is_wrong_is_pointed_at(path: str, body: dict[str, Any], pointer: str) -> None:
    """400, and nothing is recorded."""
    api = Api()
    answer = api.submit.post(path, json=body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert api.jobs.history == []


@pytest.mark.parametrize("query", ["wait=soon", "wait=-1", "base64=perhaps"])
def test_parameters_that_say_nothing_are_refused(query: str) -> None:
    """400 before anything is recorded."""
    api = Api()
    answer = api.submit.post(f"{PORTRAIT}?{query}", json={"character_description": "x"})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_query")
    assert api.jobs.history == []


def test_whoever_needs_no_key_may_follow_the_answers() -> None:
    """To the scenes, the job and its images, which are the API's own addresses; and no further."""
    api = Api(Settings(dialect_tenants="mv:acme"))
    board = api.submit.post(SCENES, json={"idea": "a rainy night"}).json()
    job = api.submit.post(PORTRAIT, json=PERSON).json()
    assert {api.jobs.job(each["job_id"]).tenant for each in (board, job)} == {"acme"}
    told = {
        board["status_url"]: 200, f"{board['status_url']}/scenes.json": 404, job["status_url"]: 200,
        f"{job['status_url']}/images/0?base64": 404, "/v1/jobs": 401, "/v1/storyboards": 401,
    }  # fmt: skip
    assert {path: api.status.get(path).status_code for path in told} == told
    assert api.submit.post(f"{job['status_url']}/cancel").status_code == 401


def test_of_a_dialect_that_is_switched_off_nothing_is_open() -> None:
    """Whoever is let in by it is let in nowhere."""
    api = Api(Settings(dialect_tenants="mv:acme", dialects="iga"))
    assert api.status.get(f"/v1/jobs/{'a' * 26}").status_code == 401


def test_an_idea_that_is_too_long_with_the_rest_is_told_of() -> None:
    """Of the field that its client knows."""
    answer = Api().submit.post(SCENES, json={"idea": "x" * 31_990})
    assert (answer.status_code, [each["pointer"] for each in answer.json()["errors"]]) == (400, ["/idea"])
    assert answer.json()["detail"].startswith("/idea: ")
