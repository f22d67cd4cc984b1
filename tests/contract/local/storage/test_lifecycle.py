"""Lifecycle rules: what is old enough goes, by the local cloud's clock."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from google.cloud import storage

from infra.local.resources import make_bucket
from tests.processes import RunningCloud, local_cloud
from tests.waiting import until

DAY = 24 * 3600


@pytest.fixture(scope="module")
def own_cloud() -> Iterator[RunningCloud]:
    """One whose days pass faster than the signed addresses of other tests live."""
    with local_cloud("--services", "storage") as running:
        yield running


@pytest.fixture
def ruled(bucket: storage.Bucket) -> storage.Bucket:
    """A bucket whose objects below `inputs/` go after a day."""
    bucket.add_lifecycle_delete_rule(age=1, matches_prefix=["inputs/"])
    bucket.patch()
    return bucket


def names(bucket: storage.Bucket, **listing: Any) -> list[str]:
    """Of the objects that are there."""
    return [blob.name for blob in bucket.list_blobs(**listing)]


def test_what_is_old_enough_is_deleted(own_cloud: RunningCloud, ruled: storage.Bucket) -> None:
    """Below the prefix alone, and not before its day is over; a held object stays."""
    for name in ("inputs/old", "inputs/held", "inputs", "inputs0", "other/inputs/x"):
        ruled.blob(name).upload_from_string("x")
    held = ruled.blob("inputs/held")
    held.temporary_hold = True
    held.patch()
    own_cloud.control.advance(DAY / 2)
    ruled.blob("inputs/new").upload_from_string("x")
    own_cloud.control.advance(DAY / 2)
    until(lambda: "inputs/old" not in names(ruled))
    assert names(ruled) == ["inputs", "inputs/held", "inputs/new", "inputs0", "other/inputs/x"]
    held.temporary_hold = False
    held.patch()
    until(lambda: "inputs/held" not in names(ruled))


def test_with_versioning_nothing_is_left_either(own_cloud: RunningCloud, ruled: storage.Bucket) -> None:
    """The live one becomes noncurrent, and then goes for good."""
    ruled.versioning_enabled = True
    ruled.patch()
    ruled.blob("inputs/a").upload_from_string("x")
    own_cloud.control.advance(DAY)
    until(lambda: not names(ruled, versions=True))


def test_the_stack_s_bucket_forgets_uploads(
    address: str, bucket: storage.Bucket, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that was made before there was a rule gets it; once."""
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", address)
    for _ in range(2):
        make_bucket(project, bucket.name)
        bucket.reload()
        assert list(bucket.lifecycle_rules) == [
            {"action": {"type": "Delete"}, "condition": {"age": 1, "matchesPrefix": ["inputs/"]}}
        ]
        assert bucket.metageneration == 2


@pytest.mark.parametrize(
    ("rule", "status", "named"),
    [
        ({"action": {"type": "SetStorageClass"}, "condition": {"age": 1}}, 501, "action SetStorageClass"),
        ({"action": {"type": "Delete"}, "condition": {"age": 1, "isLive": True}}, 501, "condition isLive"),
        ({"action": {"type": "Delete"}, "condition": {"matchesPrefix": ["a"]}}, 501, "without the condition age"),
        ({"action": {"type": "Delete"}, "condition": {"age": "old"}}, 400, "lifecycle"),
        ({"action": {"type": "Delete"}, "condition": {"age": -1}}, 400, "negative"),
    ],
)
def test_a_rule_that_is_not_acted_upon_is_refused(
    http: httpx.Client, bucket: storage.Bucket, rule: dict[str, Any], status: int, named: str
) -> None:
    """By its name, and the bucket keeps what it had."""
    answer = http.patch(f"/storage/v1/b/{bucket.name}", json={"lifecycle": {"rule": [rule]}})
    assert (answer.status_code, named in answer.json()["error"]["message"]) == (status, True)
    bucket.reload()
    assert list(bucket.lifecycle_rules) == []
