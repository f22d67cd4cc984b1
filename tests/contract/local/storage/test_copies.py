"""Objects made of others: copy, rewrite, move, compose."""

import httpx
import pytest
from google.api_core import exceptions
from google.cloud import storage


@pytest.fixture
def source(bucket: storage.Bucket) -> storage.Blob:
    """An object with settings."""
    blob = bucket.blob("dir/source")
    blob.metadata, blob.cache_control = {"k": "v"}, "no-store"
    blob.upload_from_string(b"picture", content_type="image/png")
    return blob


def test_a_copy_has_bytes_and_settings(client: storage.Client, source: storage.Blob, project: str) -> None:
    """Into another bucket, under a generation of its own; the source may go."""
    target = client.create_bucket(f"{project}-2")
    copied = source.bucket.copy_blob(source, target, "x/copy")
    assert (copied.metadata, copied.cache_control, copied.content_type) == ({"k": "v"}, "no-store", "image/png")
    assert (copied.crc32c, copied.metageneration) == (source.crc32c, 1)
    assert copied.generation > source.generation
    source.delete()
    assert copied.download_as_bytes() == b"picture"


def test_a_copy_of_a_generation_that_is_gone_is_not_found(source: storage.Blob) -> None:
    """Source object, source generation and target bucket must be there."""
    bucket = source.bucket
    with pytest.raises(exceptions.NotFound):
        bucket.copy_blob(source, bucket, "x", source_generation=1)
    with pytest.raises(exceptions.NotFound):
        bucket.copy_blob(bucket.blob("none"), bucket, "x")
    with pytest.raises(exceptions.NotFound):
        bucket.copy_blob(source, bucket.client.bucket("missing-bucket"), "x")


def test_a_rewrite_ends_in_one_call(source: storage.Blob) -> None:
    """No token is left, and all bytes are counted."""
    target = source.bucket.blob("target")
    assert target.rewrite(source) == (None, 7, 7)
    assert target.download_as_bytes() == b"picture"
    assert target.metadata == {"k": "v"}


def test_a_rewrite_with_settings_replaces_them_all(source: storage.Blob) -> None:
    """What the request gives is what the new object has."""
    target = source.bucket.blob("target")
    target.metadata = {"new": "1"}
    target.content_type = "image/webp"
    target.rewrite(source)
    assert (target.metadata, target.content_type, target.cache_control) == ({"new": "1"}, "image/webp", None)


def test_the_storage_class_is_changed_in_place(source: storage.Blob) -> None:
    """A rewrite onto itself keeps everything else."""
    generation = source.generation
    source.update_storage_class("NEARLINE")
    assert (source.storage_class, source.metadata) == ("NEARLINE", {"k": "v"})
    assert source.generation > generation
    assert source.bucket.blob("dir/source").download_as_bytes() == b"picture"


def test_a_move_renames_in_one_step(source: storage.Blob) -> None:
    """The old name is gone, the new one has bytes and settings."""
    moved = source.bucket.move_blob(source, "dir/moved", if_source_generation_match=source.generation)
    assert (moved.metadata, moved.download_as_bytes()) == ({"k": "v"}, b"picture")
    assert not source.bucket.blob("dir/source").exists()


def test_compose_joins_bytes_in_their_order(bucket: storage.Bucket) -> None:
    """The result has a crc32c, a count of its components and no md5; it can be composed again."""
    for name in "abc":
        bucket.blob(name).upload_from_string(name * 1000, content_type="text/plain")
    joined = bucket.blob("joined")
    joined.content_type = "text/css"
    joined.compose([bucket.blob("a"), bucket.blob("b")])
    assert (joined.component_count, joined.md5_hash, joined.content_type) == (2, None, "text/css")
    joined.compose([joined, bucket.blob("c")])
    assert joined.component_count == 3
    assert joined.download_as_bytes(checksum="crc32c") == b"a" * 1000 + b"b" * 1000 + b"c" * 1000


def test_compose_checks_its_sources(bucket: storage.Bucket, http: httpx.Client) -> None:
    """A missing one is 404, another generation 412, none at all or more than 32 are 400."""
    blob = bucket.blob("a")
    blob.upload_from_string(b"a")
    with pytest.raises(exceptions.NotFound):
        bucket.blob("x").compose([blob, bucket.blob("none")])
    with pytest.raises(exceptions.PreconditionFailed):
        bucket.blob("x").compose([blob], if_source_generation_match=[blob.generation + 1])
    with pytest.raises(exceptions.PreconditionFailed):
        blob.compose([blob], if_generation_match=0)
    for count in (0, 33):
        body = {"sourceObjects": [{"name": "a"}] * count}
        assert http.post(f"/storage/v1/b/{bucket.name}/o/x/compose", json=body).status_code == 400
    body = {"sourceObjects": [{"name": "a", "generation": "new"}]}
    assert http.post(f"/storage/v1/b/{bucket.name}/o/x/compose", json=body).status_code == 400
    answer = http.post(f"/storage/v1/b/{bucket.name}/o/x/compose", json={"deleteSourceObjects": True})
    assert (answer.status_code, "deleteSourceObjects" in answer.text) == (501, True)
