"""Many calls in one request."""

import httpx
import pytest
from google.api_core import exceptions
from google.cloud import storage

from tests.processes import RunningCloud


def test_a_batch_runs_its_calls_in_order(
    client: storage.Client, bucket: storage.Bucket, own_cloud: RunningCloud
) -> None:
    """Patches and deletions of one batch are one request, and each has its own effect."""
    blobs = [bucket.blob(f"a/{number}") for number in range(5)]
    for blob in blobs:
        blob.upload_from_string(b"x")
    own_cloud.control.reset_counts()
    with client.batch():
        blobs[0].metadata = {"k": "ü"}
        blobs[0].patch()
        for blob in blobs[1:]:
            blob.delete()
    assert own_cloud.control.counts() == {"storage.batch": 1, "storage.objects.patch": 1, "storage.objects.delete": 4}
    assert blobs[0].metageneration == 2
    assert [found.name for found in bucket.list_blobs()] == ["a/0"]
    assert bucket.get_blob("a/0").metadata == {"k": "ü"}


def test_a_failed_call_of_a_batch_fails_alone(client: storage.Client, bucket: storage.Bucket) -> None:
    """The others take effect, and the client raises the failure."""
    blob = bucket.blob("a")
    blob.upload_from_string(b"x")
    batch = client.batch()
    with pytest.raises(exceptions.NotFound, match="No such object"), batch:  # noqa: PT012 - it is raised at the end
        bucket.delete_blob("none")
        bucket.delete_blob("a")
    assert not blob.exists()


def test_a_batch_that_is_none_is_refused(http: httpx.Client) -> None:
    """A body that is not multipart/mixed is 400."""
    assert http.post("/batch/storage/v1", content=b"x").status_code == 400
