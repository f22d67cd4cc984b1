"""Downloads: whole, in ranges, unpacked."""

import gzip
import os

import httpx
import pytest
from google.api_core import exceptions
from google.cloud import storage


@pytest.fixture
def blob(bucket: storage.Bucket) -> storage.Blob:
    """An object of ten bytes."""
    blob = bucket.blob("a/b")
    blob.upload_from_string(b"0123456789", content_type="text/plain")
    return blob


def media(blob: storage.Blob) -> str:
    """The path of the object's bytes."""
    return f"/download/storage/v1/b/{blob.bucket.name}/o/{blob.name.replace('/', '%2F')}?alt=media"


def test_an_answer_with_bytes_says_what_they_are(blob: storage.Blob, http: httpx.Client) -> None:
    """Type, generation, metageneration, class and both checksums are in the headers."""
    answer = http.get(media(blob))
    assert answer.content == b"0123456789"
    assert answer.headers["content-type"] == "text/plain"
    assert answer.headers["x-goog-hash"] == f"crc32c={blob.crc32c},md5={blob.md5_hash}"
    assert answer.headers["x-goog-generation"] == str(blob.generation)
    assert (answer.headers["x-goog-metageneration"], answer.headers["x-goog-storage-class"]) == ("1", "STANDARD")


@pytest.mark.parametrize("host", ["/storage/v1", "/download/storage/v1"])
def test_both_addresses_answer_the_bytes(blob: storage.Blob, http: httpx.Client, host: str) -> None:
    """alt=media works at the resource's own path, too."""
    assert http.get(f"{host}/b/{blob.bucket.name}/o/a%2Fb?alt=media").content == b"0123456789"


@pytest.mark.parametrize(
    ("wanted", "found", "content_range"),
    [
        ("bytes=0-0", b"0", "bytes 0-0/10"),
        ("bytes=2-4", b"234", "bytes 2-4/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=-30", b"0123456789", "bytes 0-9/10"),
        ("bytes=5-99", b"56789", "bytes 5-9/10"),
    ],
)
def test_a_range_is_answered_206(
    blob: storage.Blob, http: httpx.Client, wanted: str, found: bytes, content_range: str
) -> None:
    """Ranges with both ends, with one, and beyond the end."""
    answer = http.get(media(blob), headers={"range": wanted})
    assert (answer.status_code, answer.content) == (206, found)
    assert answer.headers["content-range"] == content_range


def test_a_range_outside_is_416(blob: storage.Blob, http: httpx.Client) -> None:
    """The answer says how long the object is; the client has an error of its own for it."""
    answer = http.get(media(blob), headers={"range": "bytes=10-"})
    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */10")
    with pytest.raises(exceptions.RequestRangeNotSatisfiable):
        blob.download_as_bytes(start=10)


@pytest.mark.parametrize("wanted", ["bytes=4-2", "bytes=-", "lines=1-2", "bytes=x-"])
def test_a_range_that_makes_no_sense_is_ignored(blob: storage.Blob, http: httpx.Client, wanted: str) -> None:
    """The whole object is answered, as HTTP has it."""
    answer = http.get(media(blob), headers={"range": wanted})
    assert (answer.status_code, answer.content) == (200, b"0123456789")


def test_the_client_downloads_parts_and_chunks(bucket: storage.Bucket) -> None:
    """Parts by start and end, files read piece by piece, and downloads in chunks give the same bytes."""
    data = os.urandom(1_500_000)
    bucket.blob("big").upload_from_string(data)
    assert bucket.blob("big").download_as_bytes(start=100, end=199) == data[100:200]
    assert bucket.blob("big", chunk_size=256 * 1024).download_as_bytes() == data
    with bucket.blob("big").open("rb", chunk_size=400_000) as file:
        file.seek(700_000)
        assert file.read(10) == data[700_000:700_010]


def test_a_part_of_another_version_is_not_continued(blob: storage.Blob, http: httpx.Client) -> None:
    """If-Range with another tag answers the whole object."""
    tag = http.get(media(blob)).headers["etag"]
    assert http.get(media(blob), headers={"range": "bytes=5-", "if-range": tag}).status_code == 206
    assert http.get(media(blob), headers={"range": "bytes=5-", "if-range": "other"}).status_code == 200


def test_a_missing_object_is_not_found(bucket: storage.Bucket, http: httpx.Client) -> None:
    """The refusal of a download is plain text, as the real one's."""
    with pytest.raises(exceptions.NotFound, match="No such object"):
        bucket.blob("none").download_as_bytes()
    answer = http.get(f"/download/storage/v1/b/{bucket.name}/o/none?alt=media")
    assert answer.text == f"No such object: {bucket.name}/none"


def test_gzip_is_unpacked_for_who_does_not_take_it(bucket: storage.Bucket, http: httpx.Client) -> None:
    """Without Accept-Encoding: gzip the stored bytes are unpacked, unless the object forbids it."""
    plain = b"text " * 100_000
    blob = bucket.blob("packed")
    blob.content_encoding = "gzip"
    blob.upload_from_string(gzip.compress(plain))
    unpacked = http.get(media(blob), headers={"accept-encoding": "identity", "range": "bytes=0-3"})
    assert (unpacked.status_code, unpacked.content) == (200, plain)
    assert "content-encoding" not in unpacked.headers
    assert unpacked.headers["x-goog-stored-content-encoding"] == "gzip"
    assert http.get(media(blob)).headers["content-encoding"] == "gzip"
    assert blob.download_as_bytes() == plain
    assert (
        blob.download_as_bytes(raw_download=True)
        == gzip.compress(plain, mtime=0)[:4] + blob.download_as_bytes(raw_download=True)[4:]
    )
    blob.cache_control = "no-transform"
    blob.patch()
    assert http.get(media(blob), headers={"accept-encoding": "identity"}).headers["content-encoding"] == "gzip"


def test_what_is_read_stays_whole_while_it_is_replaced(bucket: storage.Bucket, http: httpx.Client) -> None:
    """A reader that has begun goes on with the version that it began with."""
    old = os.urandom(8_000_000)
    blob = bucket.blob("big")
    blob.upload_from_string(old)
    with http.stream("GET", media(blob)) as answer:
        chunks = answer.iter_bytes(1000)
        begun = next(chunks)
        blob.upload_from_string(b"new")
        assert begun + b"".join(chunks) == old
    assert blob.download_as_bytes() == b"new"


def test_a_partial_response_has_only_its_fields(blob: storage.Blob, http: httpx.Client) -> None:
    """`fields` keeps what it names, also inside lists and objects."""
    blob.metadata = {"k": "v", "l": "w"}
    blob.patch()
    base = f"/storage/v1/b/{blob.bucket.name}/o"
    assert http.get(f"{base}/a%2Fb?fields=name,metadata/k").json() == {"name": "a/b", "metadata": {"k": "v"}}
    assert http.get(f"{base}?fields=items(name,size)").json() == {"items": [{"name": "a/b", "size": "10"}]}
    assert http.get(f"{base}?fields=items/*").json()["items"][0]["name"] == "a/b"
    assert http.get(f"{base}?fields=items(name").status_code == 400
