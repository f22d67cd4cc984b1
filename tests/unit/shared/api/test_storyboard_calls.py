"""POST and GET of storyboards."""

import asyncio
from typing import Any

import msgspec
import pytest

from shared.domain.job import Artifact, Job
from shared.domain.parent import Parent
from shared.domain.storyboard import Board, Render, Scene, StoryboardRequest
from tests.builders import a_job, a_parent
from tests.unit.shared.api.asking import Api

BODY: dict[str, Any] = {"prompt": "a fox sees the sea", "scene_count": 2, "project_id": "film", "render": {}}
IMAGE = Artifact(index=0, uri="gs://b/o", sha256="0" * 64, mime_type="image/png", width=1, height=1, bytes=1)


def test_a_storyboard_is_accepted() -> None:
    """202, where it is, and what is known of it: nothing is written yet."""
    api = Api()
    answer = api.submit.post("/v1/storyboards", json=BODY, headers={"Idempotency-Key": "k"})
    board = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == board["urls"]["self"] == f"http://api.test/v1/storyboards/{board['id']}"
    assert (board["status"], board["stage"], board["scenes"], board["progress"]) == ("queued", "writing", [], 0.0)
    assert (board["version"], board["first_version"], board["written_by"]) == (1, board["id"], "gemini-2.5-flash")
    assert board["cost"]["estimated_micros"] > 0
    assert api.status.get(f"/v1/storyboards/{board['id']}").json() == board
    assert [job.id for job in api.queue.announced] == [board["id"]]
    assert api.status.get(f"/v1/jobs/{board['id']}").json()["job_type"] == "storyboard"


def test_a_job_cannot_be_asked_for_as_a_storyboard() -> None:
    """There is a call for that."""
    answer = Api().submit.post("/v1/jobs", json={"prompt": "x", "job_type": "storyboard"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/job_type")


def _painted(api: Api) -> Job:
    """A storyboard of two scenes, one painted and one refused."""
    request = StoryboardRequest(prompt="a fox", scene_count=2, render=Render())
    board = a_job(
        status="completed", job_type="storyboard", board=Board(request=request, first_version="a" * 26), n=0,
        scenes=(Scene(prompt="one"), Scene(prompt="two", negative_prompt="fog")),
    )  # fmt: skip
    api.jobs.has(board)
    for index, status in enumerate(("completed", "failed")):
        api.jobs.has(
            a_job(
                id="bc"[index] * 26, status=status, parent_id=board.id, parent_index=index, prompt=f"scene {index}",
                artifacts=(IMAGE,) if status == "completed" else (),
            )
        )  # fmt: skip
    parent: Parent = a_parent(id=board.id, kind="storyboard", status="completed_with_failures", children=2)
    asyncio.run(api.batches.create(parent))
    return board


def test_its_scenes_and_pictures_are_shown() -> None:
    """Each with its job; the whole by what became of them."""
    api = Api()
    board = api.status.get(f"/v1/storyboards/{_painted(api).id}").json()
    assert (board["status"], board["stage"], board["progress"]) == ("completed_with_failures", "ended", 1.0)
    assert [(scene["index"], scene["scene_id"], scene["job_id"], scene["status"]) for scene in board["scenes"]] == [
        (0, "1", "b" * 26, "completed"), (1, "2", "c" * 26, "failed"),
    ]  # fmt: skip
    assert board["scenes"][0]["images"][0]["url"] == f"http://api.test/v1/jobs/{'b' * 26}/images/0"
    assert board["counts"]["failed"] == 1


def test_its_scenes_are_files_too() -> None:
    """As the older service wrote them."""
    api = Api()
    url = f"/v1/storyboards/{_painted(api).id}"
    found = api.status.get(f"{url}/scenes.json")
    assert found.headers["content-disposition"] == 'attachment; filename="scenes.json"'
    assert found.json() == {
        "scenes": [
            {"description": "one", "negative_description": ""},
            {"description": "two", "negative_description": "fog"},
        ]
    }
    text = api.status.get(f"{url}/scenes.md")
    assert text.headers["content-type"] == "text/markdown; charset=utf-8"
    assert "## Scene 2\n\ntwo\n\nNot in the picture: fog" in text.text


def test_a_stream_of_what_has_ended_ends() -> None:
    """One event with all of it; whoever knows it already is told so."""
    api = Api()
    url = f"/v1/storyboards/{_painted(api).id}/events"
    told = api.status.get(url)
    assert told.headers["content-type"].startswith("text/event-stream")
    (data,) = [line for line in told.text.splitlines() if line.startswith("data: ")]
    shown = msgspec.json.decode(data.removeprefix("data: "))
    assert shown["status"] == "completed_with_failures"
    again = api.status.get(url, headers={"Last-Event-ID": str(shown["status_sequence"])})
    assert again.status_code == 204


def test_the_list_is_of_storyboards_alone() -> None:
    """With the status of their pictures together."""
    api = Api()
    board = _painted(api)
    (found,) = api.status.get("/v1/storyboards").json()["storyboards"]
    assert (found["id"], found["status"], found["scene_count"]) == (board.id, "completed_with_failures", 2)
    assert api.status.get("/v1/storyboards?project_id=other").json()["storyboards"] == []


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/storyboards/" + "z" * 26, 404, "storyboard_not_found"),
        ("/v1/storyboards/" + "b" * 26, 404, "storyboard_not_found"),
        ("/v1/storyboards/" + "z" * 26 + "/events", 404, "storyboard_not_found"),
        ("/v1/storyboards/" + "z" * 26 + "/scenes.md", 404, "storyboard_not_found"),
        ("/v1/storyboards?status=queued", 400, "unknown_filter"),
        ("/v1/storyboards?project_id=", 400, "invalid_filter"),
        ("/v1/storyboards?version_of=x&q=y", 400, "unsupported_filters"),
    ],
)
def test_what_there_is_not(path: str, status: int, code: str) -> None:
    """Told by its code; a picture's job is no storyboard."""
    api = Api()
    _painted(api)
    answer = api.status.get(path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_scene_is_made_again_over_http() -> None:
    """202 and its job; an index that is none is 404."""
    api = Api()
    board = _painted(api)
    url = f"/v1/storyboards/{board.id}/scenes"
    before = api.status.get(f"/v1/storyboards/{board.id}").json()["status_sequence"]
    answer = api.submit.post(f"{url}/1/regenerate")
    assert (answer.status_code, answer.json()["parent_index"], answer.json()["prompt"]) == (202, 1, "two")
    now = api.status.get(f"/v1/storyboards/{board.id}").json()
    assert now["status"] == "running"
    assert now["status_sequence"] > before
    for index in ("2", "x", "-1"):
        refused = api.submit.post(f"{url}/{index}/regenerate", json={})
        assert (refused.status_code, refused.json()["code"]) == (404, "scene_not_found")


def test_a_deleted_storyboard_paints_no_more() -> None:
    """What still waits for its turn is canceled, for nobody could do so any more; what has ended is let be."""
    api = Api()
    board = _painted(api)
    mended = api.submit.post(f"/v1/storyboards/{board.id}/scenes/1/regenerate").json()
    assert api.submit("DELETE", f"/v1/jobs/{board.id}").status_code == 202
    assert api.jobs.job(mended["id"]).status == "canceled"
    assert api.jobs.job("b" * 26).status == "completed"
    assert api.status.get(f"/v1/storyboards/{board.id}").status_code == 404


@pytest.mark.parametrize("ended", [True, False])
def test_a_storyboard_of_which_nothing_is_painted_can_be_deleted(*, ended: bool) -> None:
    """Also where it has no pictures at all, or they have ended."""
    api = Api()
    board_id = _painted(api).id if ended else api.submit.post("/v1/storyboards", json=BODY).json()["id"]
    assert api.submit("DELETE", f"/v1/jobs/{board_id}").status_code == 202


def test_its_id_is_a_jobs_in_every_dialect() -> None:
    """It is read there as a job without an image; a batch it is not."""
    api = Api()
    board = _painted(api)
    task = api.status.get(f"/v1/tasks/{board.id}").json()
    assert (task["status"], task["result"]["model_version"]) == ("SUCCESS", f"vertex-ai-{board.model}")
    assert api.status.get(f"/api/images/jobs/{board.id}").json()["status"] == "completed"
    assert api.status.get(f"/v1/jobs/{board.id}").json()["images"] == []
    assert api.status.get(f"/v1/batches/{board.id}").status_code == 404
