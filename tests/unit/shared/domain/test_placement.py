"""Names of objects: each has one owner, and says which."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.placement import object_name, prefix, sidecar_name
from tests.builders import a_job

SHA = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("fields", "folder"),
    [
        ({}, "tenants/local/jobs/job-1/"),
        ({"object_prefix": "images/iga/"}, "images/iga/"),
        ({"object_prefix": ""}, ""),
        ({"object_prefix": "images/iga/", "project_id": "p"}, "project_p/branch_main/master-assets/"),
        ({"project_id": "p"}, "project_p/branch_main/master-assets/"),
        ({"project_id": "p", "branch_id": "b"}, "project_p/branch_b/master-assets/"),
        ({"project_id": "p", "scene_id": "s"}, "project_p/branch_main/scene_s/"),
        ({"project_id": "p", "scene_id": "s", "shot_id": "t"}, "project_p/branch_main/scene_s/shot_t/"),
    ],
)
def test_a_folder_says_where_in_a_film_the_image_belongs(fields: dict[str, Any], folder: str) -> None:
    """With a project its place in it, without one that of the job's dialect, else a folder of its tenant."""
    assert prefix(a_job(id="job-1", **fields)) == f"{folder}image_job-1_"


def test_a_master_asset_belongs_to_no_scene() -> None:
    """Wherever it was first asked for."""
    job = a_job(id="job-1", job_type="master_asset", project_id="p", scene_id="s", shot_id="t")
    assert prefix(job) == "project_p/branch_main/master-assets/master_asset_job-1_"


def test_a_name_ends_with_index_hash_and_extension() -> None:
    """Another image, other bytes or another format make another name."""
    job = a_job(id="job-1", project_id="p", scene_id="s", shot_id="t", job_type="start_frame")
    name = object_name(job, 2, SHA, "image/jpeg")
    assert name == "project_p/branch_main/scene_s/shot_t/start_frame_job-1_2_0123456789ab.jpg"
    assert sidecar_name(name) == f"{name}.json"


def test_every_format_has_an_extension() -> None:
    """What a job may ask for can be named."""
    ends = [object_name(a_job(), 0, SHA, mime).rsplit(".")[-1] for mime in ("image/png", "image/jpeg", "image/webp")]
    assert ends == ["png", "jpg", "webp"]


job_ids = st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=26, max_size=26)


@given(mine=job_ids, other=job_ids, place=st.sampled_from([{}, {"project_id": "p"}, {"object_prefix": "images/iga/"}]))
def test_no_job_s_prefix_begins_another_s_name(mine: str, other: str, place: dict[str, Any]) -> None:
    """A listing of one job's objects never shows another's."""
    name = object_name(a_job(id=other, **place), 0, SHA, "image/png")
    assert name.startswith(prefix(a_job(id=mine, **place))) == (mine == other)
