"""The module that the service hands to pages, as the old front end called it, against the whole stack."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.clients.studio_js import NEEDS_NODE, run
from tests.integration.api import Api, a_prompt
from tests.stack import RunningStack

pytestmark = NEEDS_NODE


@pytest.fixture
def module(darkroom: RunningStack, tmp_path: Path) -> Path:
    """What GET /client.js gives, as a file that Node takes for a module."""
    file = tmp_path / "client.mjs"
    file.write_bytes(httpx.get(f"{darkroom.base_url}/client.js", trust_env=False).raise_for_status().content)
    return file


@pytest.mark.parametrize("streaming", [True, False])
def test_a_page_gets_its_pictures(darkroom: RunningStack, module: Path, api: Api, *, streaming: bool) -> None:
    """Several at once, each from its own job and in its place; what a filter refuses says so.

    A page that is told of the end by a stream would look again only after a minute.
    """
    calls: list[list[Any]] = [
        ["generateAssetImageKey", "film", a_prompt()],
        ["generateAssetImageKey", "film", a_prompt(), "noir"],
        ["generateFrameAnchor", "film", a_prompt(), None, True],
        ["generateFrameAnchor", "film", a_prompt(), "noir", False],
        ["generateFrameAnchor", "film", a_prompt("[[blocked]]"), None, True],
    ]
    more = {"maxAttempts": 300, "branchId": "b1", "sceneId": "s1", "shotId": "t2"}
    ended = run(
        module, calls, baseUrl=darkroom.base_url, streaming=streaming, intervalMs=60_000 if streaming else 100, **more
    )
    shot = "/project_film/branch_b1/scene_s1/shot_t2"
    wanted = [
        *["/project_film/branch_b1/master-assets/master_asset_"] * 2,
        f"{shot}/start_frame_",
        f"{shot}/end_frame_",
    ]
    for found, folder in zip(ended, wanted, strict=False):
        assert found.keys() == {"imageUrl"}
        assert folder in found["imageUrl"]
        assert httpx.get(found["imageUrl"], trust_env=False).content.startswith(b"\x89PNG")
    error = ended[-1]["error"]
    assert (error["type"], error["code"], error["retryable"]) == ("PERMANENT", "safety_blocked", False)
    assert error["failureStage"] == "generating"
    assert api.get({"id": error["jobId"]})["status"] == "failed"


def test_a_frame_without_its_shot_is_refused(darkroom: RunningStack, module: Path) -> None:
    """Before any job is made, in the service's words."""
    (ended,) = run(module, [["generateFrameAnchor", "film", a_prompt(), None, True]], baseUrl=f"{darkroom.base_url}/")
    error = ended["error"]
    assert (error["status"], error["type"], error["code"]) == (400, "PERMANENT", "invalid_request")
    assert "/shotId" in error["message"]
