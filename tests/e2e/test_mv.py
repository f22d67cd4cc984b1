"""The music-video endpoints, by a client that knows nothing else: asked for and waited for, or looked at later."""

from base64 import b64decode
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.e2e.clients.mv import Accepted, Images, MvClient, MvRefused, Scenes
from tests.integration.api import Api, a_key, a_prompt
from tests.stack import RunningStack
from tests.waiting import until

WAIT = 30  # seconds


@pytest.fixture
def mv(darkroom: RunningStack) -> Iterator[MvClient]:
    """A client of the stack's gateway."""
    with closing(MvClient(darkroom.base_url)) as client:
        yield client


def test_scenes_are_written_by_the_queue(mv: MvClient, api: Api) -> None:
    """202 at once; later they are there, listed by project and words, and as files."""
    project = f"clip-{a_key()[:8]}"
    taken = mv.create_scenes(idea=a_prompt("a rainy night"), project_id=project, camera_angle="low", anything="else")
    assert isinstance(taken, Accepted)
    assert taken.status == "queued"
    board = until(lambda: _written(mv, taken))
    assert (len(board["scenes"]), board["project_id"], board["dialect"]) == (5, project, "mv")
    assert "low" in board["prompt"]
    assert all("rainy night" in scene["prompt"] for scene in board["scenes"])
    listed = api.http.get("/v1/storyboards", params={"project_id": project, "q": "rainy"}).json()["storyboards"]
    assert [each["id"] for each in listed] == [taken.job_id]
    file = api.http.get(board["urls"]["scenes_json"])
    assert [scene["description"] for scene in file.json()["scenes"]] == [each["prompt"] for each in board["scenes"]]
    assert 'filename="scenes.json"' in file.headers["content-disposition"]
    assert api.http.get(board["urls"]["scenes_markdown"]).text.count("## Scene ") == 5
    assert api.http.get(f"/v1/jobs/{taken.job_id}").json()["status"] == "completed"
    version = api.http.post("/v1/storyboards", json={"prompt": a_prompt(), "version_of": taken.job_id}).json()
    versions = api.http.get("/v1/storyboards", params={"version_of": version["id"]}).json()["storyboards"]
    assert [(each["id"], each["version"]) for each in versions] == [(version["id"], 2), (taken.job_id, 1)]


def test_the_old_form_waits(mv: MvClient) -> None:
    """For scenes and for portraits: 200 with them; 202 where the time was too short."""
    found = mv.create_scenes(wait=WAIT, idea=a_prompt(), number_of_scenes=2, character_description="a red fox")
    assert isinstance(found, Scenes)
    assert len(found.scenes) == 2
    portraits = mv.generate_character_reference(
        wait=WAIT, character_description=a_prompt("an old sailor"), num_images=2, aspect_ratio="3:4",
        output_format="jpg", negative_prompt="hat", seed=7, safety_filter_level="block_only_high",
        person_generation="allow_adult",
    )  # fmt: skip
    assert isinstance(portraits, Images)
    assert [image["mime_type"] for image in portraits.images] == ["image/jpeg"] * 2
    short = mv.generate_character_reference(wait=0, character_description=a_prompt())
    assert isinstance(short, Accepted)


def test_base64_is_one_redirect_away(mv: MvClient) -> None:
    """Only on request."""
    found = mv.portrait_as_base64(WAIT, character_description=a_prompt("an old sailor"))
    assert found["mime_type"] == "image/png"
    assert b64decode(found["image_base64"]).startswith(b"\x89PNG")


def test_a_repeat_is_the_same_job(mv: MvClient, api: Api) -> None:
    """Each endpoint has keys of its own; another body under one is refused."""
    key, idea = a_key(), a_prompt()
    first, again = (mv.create_scenes(key=key, idea=idea) for _ in range(2))
    assert isinstance(first, Accepted)
    assert again.job_id == first.job_id
    portrait = mv.generate_character_reference(key=key, character_description=idea)
    assert portrait.job_id != first.job_id
    with pytest.raises(MvRefused, match="idempotency_key_reused"):
        mv.create_scenes(key=key, idea=a_prompt())
    job = api.reached({"id": portrait.job_id}, "completed")
    assert (job["job_type"], job["dialect"]) == ("character_reference", "mv")


@pytest.mark.parametrize(
    ("body", "why"),
    [({}, "idea"), ({"idea": " "}, "idea"), ({"idea": "x", "number_of_scenes": 0}, "number_of_scenes")],
)
def test_what_is_wrong_is_named(mv: MvClient, body: dict[str, Any], why: str) -> None:
    """400, before anything is recorded."""
    with pytest.raises(MvRefused, match=why) as refused:
        mv.create_scenes(**body)
    assert refused.value.status == 400


def test_portraits_are_limited_to_four(mv: MvClient) -> None:
    """As in the contract."""
    with pytest.raises(MvRefused, match="num_images"):
        mv.generate_character_reference(character_description="x", num_images=5)


def _written(mv: MvClient, taken: Accepted) -> dict[str, Any] | None:
    board = mv.status(taken)
    return board if board["status"] == "completed" else None
