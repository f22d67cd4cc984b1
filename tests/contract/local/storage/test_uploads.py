"""Uploads in one request."""

import base64
import hashlib
import io

import httpx
import pytest
from google.api_core import exceptions
from google.cloud import storage

from tests.contract.local.storage.checksums import crc32c


def test_an_object_has_its_settings_and_checksums(bucket: storage.Bucket) -> None:
    """Type, encoding, cache control, disposition, language, metadata, size, md5 and crc32c come back."""
    blob = bucket.blob("a/b c/ü.png")
    blob.cache_control, blob.content_language = "no-store", "de"
    blob.content_disposition, blob.metadata = "inline", {"k": "v"}
    blob.upload_from_string(b"picture", content_type="image/png")
    found = bucket.get_blob("a/b c/ü.png")
    assert found is not None
    assert (found.content_type, found.size, found.metadata) == ("image/png", 7, {"k": "v"})
    assert (found.cache_control, found.content_language, found.content_disposition) == ("no-store", "de", "inline")
    assert found.crc32c == crc32c(b"picture")
    assert found.md5_hash == base64.b64encode(hashlib.md5(b"picture", usedforsecurity=False).digest()).decode()
    assert (found.metageneration, found.storage_class) == (1, "STANDARD")
    assert found.time_created == found.updated


def test_the_client_checks_what_was_stored(bucket: storage.Bucket) -> None:
    """Uploads with either checksum succeed, and downloads are verified against both."""
    for checksum in ("md5", "crc32c", "auto"):
        blob = bucket.blob(checksum)
        blob.upload_from_file(io.BytesIO(b"x" * 1000), checksum=checksum)
        assert blob.download_as_bytes(checksum=checksum) == b"x" * 1000


@pytest.mark.parametrize(
    "header", [f"crc32c={crc32c(b'other')}", "md5=" + base64.b64encode(b"0" * 16).decode()], ids=["crc32c", "md5"]
)
def test_bytes_that_are_damaged_on_the_way_are_refused(bucket: storage.Bucket, http: httpx.Client, header: str) -> None:
    """A wrong checksum in X-Goog-Hash is 400, and nothing is stored."""
    answer = http.post(
        f"/upload/storage/v1/b/{bucket.name}/o?uploadType=media&name=a",
        content=b"data",
        headers={"x-goog-hash": header},
    )
    assert answer.status_code == 400
    assert "doesn't match calculated" in answer.json()["error"]["message"]
    assert not bucket.blob("a").exists()


def test_a_checksum_in_the_resource_is_checked(bucket: storage.Bucket) -> None:
    """A wrong crc32c in the metadata of a multipart upload is 400."""
    blob = bucket.blob("a")
    blob.crc32c = crc32c(b"other")
    with pytest.raises(exceptions.BadRequest, match="CRC32C"):
        blob.upload_from_string(b"data", checksum=None)


def test_a_simple_upload_takes_type_and_name_from_the_request(bucket: storage.Bucket, http: httpx.Client) -> None:
    """uploadType=media needs no resource."""
    answer = http.post(
        f"/upload/storage/v1/b/{bucket.name}/o?uploadType=media&name=x%2Fy",
        content=b"data",
        headers={"content-type": "text/css"},
    )
    assert answer.json()["name"] == "x/y"
    assert answer.json()["contentType"] == "text/css"


def test_an_upload_without_a_name_is_refused(bucket: storage.Bucket, http: httpx.Client) -> None:
    """The name is required, at most 1,024 bytes, and without line breaks."""
    upload = f"/upload/storage/v1/b/{bucket.name}/o?uploadType=media"
    assert http.post(upload, content=b"").json()["error"]["errors"][0]["reason"] == "required"
    for name in ("a" * 1025, "a%0Ab"):
        assert http.post(f"{upload}&name={name}", content=b"").status_code == 400
    http.post(f"{upload}&name={'ü' * 512}", content=b"").raise_for_status()


def test_a_broken_multipart_body_is_refused(bucket: storage.Bucket, http: httpx.Client) -> None:
    """A body that is not two parts is 400."""
    upload = f"/upload/storage/v1/b/{bucket.name}/o?uploadType=multipart&name=a"
    headers = {"content-type": "multipart/related; boundary=b"}
    assert http.post(upload, content=b"--b\r\n\r\n{}\r\n--b--", headers=headers).status_code == 400
    assert http.post(upload, content=b"{}").status_code == 400


def test_bytes_that_look_like_the_boundary_are_stored(bucket: storage.Bucket) -> None:
    """Line ends and dashes in the data do not end it."""
    data = b"\r\n--\r\n--===\r\n\r\n--"
    bucket.blob("a").upload_from_string(data)
    assert bucket.blob("a").download_as_bytes() == data


def test_an_empty_object_is_an_object(bucket: storage.Bucket) -> None:
    """It has size 0 and can be read."""
    bucket.blob("empty").upload_from_string(b"")
    found = bucket.get_blob("empty")
    assert found is not None
    assert (found.size, found.download_as_bytes()) == (0, b"")


def test_an_upload_into_a_missing_bucket_is_not_found(client: storage.Client, project: str) -> None:
    """The bucket must be there."""
    with pytest.raises(exceptions.NotFound, match="bucket does not exist"):
        client.bucket(project).blob("a").upload_from_string(b"x")


def test_what_is_not_here_is_refused_by_name(bucket: storage.Bucket) -> None:
    """Encryption keys, predefined access lists and retention are UNIMPLEMENTED, not ignored."""
    with pytest.raises(exceptions.MethodNotImplemented, match="x-goog-encryption"):
        bucket.blob("a", encryption_key=b"0" * 32).upload_from_string(b"x")
    with pytest.raises(exceptions.MethodNotImplemented, match="predefinedAcl"):
        bucket.blob("a").upload_from_string(b"x", predefined_acl="publicRead")
    blob = bucket.blob("a")
    blob.retention.mode = "Unlocked"
    with pytest.raises(exceptions.MethodNotImplemented, match="retention"):
        blob.upload_from_string(b"x")
