"""Buckets of the local Cloud Storage."""

import httpx
import pytest
from google.api_core import exceptions
from google.cloud import storage


def test_a_bucket_has_the_settings_that_it_was_created_with(client: storage.Client, project: str) -> None:
    """Location, class, labels and versioning come back as they were given."""
    wanted = client.bucket(project)
    wanted.labels = {"team": "pictures"}
    wanted.storage_class = "NEARLINE"
    wanted.versioning_enabled = True
    client.create_bucket(wanted, location="europe-west1")
    found = client.get_bucket(project)
    assert found.labels == {"team": "pictures"}
    assert (found.storage_class, found.versioning_enabled) == ("NEARLINE", True)
    assert (found.location, found.location_type, found.metageneration) == ("EUROPE-WEST1", "region", 1)


def test_a_bucket_is_created_once(client: storage.Client, bucket: storage.Bucket) -> None:
    """The second creation is a conflict."""
    with pytest.raises(exceptions.Conflict, match="you already own it"):
        client.create_bucket(bucket.name)


@pytest.mark.parametrize("name", ["ab", "Capital", "-dash", "white space"])
def test_a_bucket_name_is_checked(http: httpx.Client, name: str) -> None:
    """A name that no bucket may have is refused."""
    answer = http.post("/storage/v1/b?project=p", json={"name": name})
    assert answer.status_code == 400
    assert name in answer.json()["error"]["message"]


def test_a_missing_bucket_is_not_found(client: storage.Client, project: str) -> None:
    """Reading it, its objects, or deleting it is 404."""
    with pytest.raises(exceptions.NotFound, match="The specified bucket does not exist"):
        client.get_bucket(project)
    with pytest.raises(exceptions.NotFound):
        list(client.list_blobs(project))
    with pytest.raises(exceptions.NotFound):
        client.bucket(project).delete()
    assert client.lookup_bucket(project) is None


def test_buckets_are_listed_by_name_in_pages(client: storage.Client, project: str) -> None:
    """Every bucket of the project comes once, also across pages, and a prefix chooses."""
    names = [f"{project}-{letter}" for letter in "abc"]
    for name in reversed(names):
        client.create_bucket(name)
    http = client._http  # noqa: SLF001 - the client leaves projects out when an emulator is set by environment
    base = client.api_endpoint
    first = http.get(f"{base}/storage/v1/b?project={project}&maxResults=2").json()
    second = http.get(f"{base}/storage/v1/b?project={project}&maxResults=2&pageToken={first['nextPageToken']}").json()
    assert [entry["name"] for entry in first["items"] + second["items"]] == names
    assert "nextPageToken" not in second
    assert [found.name for found in client.list_buckets(prefix=names[1])] == [names[1]]


def test_a_patch_changes_what_it_names_and_the_metageneration(bucket: storage.Bucket) -> None:
    """Labels are merged, null removes, and everything else stays."""
    bucket.labels = {"a": "1", "b": "2"}
    bucket.patch()
    labels = bucket.labels
    del labels["a"]
    bucket.labels = labels
    bucket.patch()
    bucket.reload()
    assert bucket.labels == {"b": "2"}
    assert bucket.metageneration == 3


def test_an_update_replaces_the_settings(bucket: storage.Bucket, http: httpx.Client) -> None:
    """What a PUT does not give is gone; where the bucket is stays."""
    bucket.labels = {"a": "1"}
    bucket.patch()
    answer = http.put(f"/storage/v1/b/{bucket.name}", json={"storageClass": "COLDLINE"}).json()
    assert "labels" not in answer
    assert (answer["storageClass"], answer["location"]) == ("COLDLINE", "US")


def test_lifecycle_soft_delete_and_uniform_access_are_kept(client: storage.Client, bucket: storage.Bucket) -> None:
    """They are stored and read; of them, this cloud acts on the lifecycle alone."""
    bucket.add_lifecycle_delete_rule(age=1)
    bucket.iam_configuration.uniform_bucket_level_access_enabled = True
    bucket.soft_delete_policy.retention_duration_seconds = 0
    bucket.patch()
    found = client.get_bucket(bucket.name)
    assert list(found.lifecycle_rules) == [{"action": {"type": "Delete"}, "condition": {"age": 1}}]
    assert found.iam_configuration.uniform_bucket_level_access_enabled
    assert found.iam_configuration.public_access_prevention == "inherited"
    assert found.soft_delete_policy.retention_duration_seconds == 0


def test_a_bucket_is_changed_only_under_its_metageneration(bucket: storage.Bucket) -> None:
    """The metageneration preconditions hold for patch, get and delete."""
    bucket.labels = {"a": "1"}
    with pytest.raises(exceptions.PreconditionFailed):
        bucket.patch(if_metageneration_match=7)
    with pytest.raises(exceptions.PreconditionFailed):
        bucket.patch(if_metageneration_not_match=1)
    with pytest.raises(exceptions.PreconditionFailed):
        bucket.reload(if_metageneration_match=7)
    bucket.patch(if_metageneration_match=1)
    assert bucket.metageneration == 2


def test_a_bucket_with_objects_is_not_deleted(client: storage.Client, bucket: storage.Bucket) -> None:
    """It is a conflict until it is empty; `force` of the client empties it."""
    bucket.blob("a").upload_from_string("x")
    with pytest.raises(exceptions.Conflict, match="not empty"):
        bucket.delete()
    bucket.delete(force=True)
    assert client.lookup_bucket(bucket.name) is None


def test_a_setting_that_is_not_here_is_refused_by_name(http: httpx.Client, project: str) -> None:
    """A field that would change what happens is never swallowed."""
    answer = http.post(f"/storage/v1/b?project={project}", json={"name": project, "retentionPolicy": {}})
    assert answer.status_code == 501
    assert "retentionPolicy" in answer.json()["error"]["message"]
