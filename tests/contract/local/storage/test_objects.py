"""Objects: their settings, generations and deletion."""

import httpx
import pytest
from google.api_core import exceptions
from google.cloud import storage


@pytest.fixture
def blob(bucket: storage.Bucket) -> storage.Blob:
    """An object."""
    blob = bucket.blob("a")
    blob.upload_from_string(b"1", content_type="text/plain")
    return blob


@pytest.fixture
def versioned(bucket: storage.Bucket) -> storage.Bucket:
    """A bucket that keeps noncurrent generations."""
    bucket.versioning_enabled = True
    bucket.patch()
    return bucket


def test_a_patch_changes_what_it_names(blob: storage.Blob) -> None:
    """Settings and single metadata entries change; the bytes and the generation do not."""
    generation = blob.generation
    blob.cache_control, blob.metadata = "no-cache", {"a": "1", "b": "2"}
    blob.patch()
    blob.metadata = {"a": None, "c": "3"}
    blob.patch()
    blob.reload()
    assert blob.metadata == {"b": "2", "c": "3"}
    assert (blob.cache_control, blob.content_type) == ("no-cache", "text/plain")
    assert (blob.generation, blob.metageneration) == (generation, 3)
    assert blob.updated > blob.time_created


def test_an_update_replaces_all_settings(blob: storage.Blob, http: httpx.Client) -> None:
    """What a PUT does not give is gone."""
    blob.metadata = {"a": "1"}
    blob.patch()
    answer = http.put(f"/storage/v1/b/{blob.bucket.name}/o/a", json={"cacheControl": "no-store"}).json()
    assert answer["cacheControl"] == "no-store"
    assert "metadata" not in answer


def test_what_the_server_decides_cannot_be_set(blob: storage.Blob, http: httpx.Client) -> None:
    """Size, checksums and generations in a patch change nothing; unknown fields are refused by name."""
    path = f"/storage/v1/b/{blob.bucket.name}/o/a"
    assert http.patch(path, json={"size": "99", "generation": "1"}).json()["size"] == "1"
    answer = http.patch(path, json={"acl": []})
    assert (answer.status_code, "acl" in answer.json()["error"]["message"]) == (501, True)


@pytest.mark.parametrize(
    "body", [{"contentType": 1}, {"metadata": "k"}, {"metadata": {"k": 1}}, {"temporaryHold": "yes"}]
)
def test_a_setting_of_the_wrong_kind_is_refused(
    blob: storage.Blob, http: httpx.Client, body: dict[str, object]
) -> None:
    """400, and the field is named."""
    answer = http.patch(f"/storage/v1/b/{blob.bucket.name}/o/a", json=body)
    assert (answer.status_code, next(iter(body)) in answer.text) == (400, True)


def test_a_held_object_is_neither_deleted_nor_replaced(blob: storage.Blob) -> None:
    """A temporary hold forbids both until it is lifted."""
    blob.temporary_hold = True
    blob.patch()
    with pytest.raises(exceptions.Forbidden, match="temporaryHold"):
        blob.delete()
    with pytest.raises(exceptions.Forbidden):
        blob.upload_from_string(b"2")
    blob.temporary_hold = False
    blob.patch()
    blob.delete()


def test_generations_grow(blob: storage.Blob) -> None:
    """Each replacement has a greater generation, and metageneration 1 again."""
    first = blob.generation
    blob.metadata = {"a": "1"}
    blob.patch()
    blob.upload_from_string(b"2")
    assert blob.generation > first
    assert blob.metageneration == 1


def test_without_versioning_a_replaced_generation_is_gone(blob: storage.Blob) -> None:
    """It can neither be read nor deleted."""
    old = blob.generation
    blob.upload_from_string(b"2")
    bucket = blob.bucket
    with pytest.raises(exceptions.NotFound):
        bucket.blob("a", generation=old).download_as_bytes()
    with pytest.raises(exceptions.NotFound):
        bucket.delete_blob("a", generation=old)
    assert bucket.blob("a").download_as_bytes() == b"2"


def test_a_generation_selects(versioned: storage.Bucket) -> None:
    """With versioning every generation can be read, described, and deleted for good."""
    blob = versioned.blob("a")
    generations = []
    for data in (b"1", b"2", b"3"):
        blob.upload_from_string(data)
        generations.append(blob.generation)
    old = versioned.blob("a", generation=generations[0])
    assert old.download_as_bytes() == b"1"
    old.reload()
    assert old.time_deleted is not None
    assert [found.generation for found in versioned.list_blobs(versions=True)] == generations
    assert [found.generation for found in versioned.list_blobs()] == generations[2:]
    versioned.delete_blob("a", generation=generations[1])
    assert [found.generation for found in versioned.list_blobs(versions=True)] == [generations[0], generations[2]]


def test_with_versioning_deletion_makes_noncurrent(versioned: storage.Bucket) -> None:
    """The live object is gone; its generation can be copied back; creation is new again."""
    blob = versioned.blob("a")
    blob.upload_from_string(b"1")
    generation = blob.generation
    versioned.delete_blob("a")
    assert versioned.get_blob("a") is None
    with pytest.raises(exceptions.Conflict):
        versioned.delete()
    versioned.copy_blob(versioned.blob("a"), versioned, "a", source_generation=generation, if_generation_match=0)
    assert versioned.blob("a").download_as_bytes() == b"1"


def test_a_deleted_object_is_not_deleted_again(blob: storage.Blob) -> None:
    """The second deletion is 404."""
    blob.bucket.delete_blob("a")
    with pytest.raises(exceptions.NotFound):
        blob.bucket.delete_blob("a")


def test_names_are_told_apart_byte_by_byte(bucket: storage.Bucket) -> None:
    """Slashes, dots, percent signs and Unicode forms in names are what they are."""
    names = ["a/../b", "a//b", "a%2Fb", "ü", "u\u0308", "?#&=+ ", "日本/🌄", "acl", "compose"]
    for name in names:
        bucket.blob(name).upload_from_string(name)
    assert [bucket.blob(name).download_as_bytes().decode() for name in names] == names
    assert sorted(found.name for found in bucket.list_blobs()) == sorted(names)
