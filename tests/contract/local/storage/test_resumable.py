"""Resumable uploads."""

import io
import os
from pathlib import Path

import httpx
import pytest
from google.api_core import exceptions
from google.cloud import storage

from tests.contract.local.storage.checksums import crc32c
from tests.processes import RunningCloud, local_cloud

QUANTUM = 256 * 1024


@pytest.fixture
def session(bucket: storage.Bucket) -> str:
    """The address of an open upload of `big`."""
    url: str = bucket.blob("big").create_resumable_upload_session(content_type="image/png")
    return url


def put(url: str, data: bytes, content_range: str) -> httpx.Response:
    """One request of a resumable upload."""
    return httpx.put(url, content=data, headers={"content-range": content_range})


@pytest.mark.parametrize("size", [1, QUANTUM, QUANTUM + 1, 5 * QUANTUM])
def test_the_client_uploads_in_chunks(bucket: storage.Bucket, size: int) -> None:
    """Chunks of 256 KiB make the object whole, verified by its checksum."""
    data = os.urandom(size)
    blob = bucket.blob("big", chunk_size=QUANTUM)
    blob.upload_from_file(io.BytesIO(data), content_type="image/png", checksum="crc32c")
    assert (blob.size, blob.content_type) == (size, "image/png")
    assert bucket.blob("big").download_as_bytes() == data


def test_a_stream_of_unknown_length_is_uploaded(bucket: storage.Bucket) -> None:
    """A file that is written piece by piece ends when it is closed."""
    with bucket.blob("big").open("wb", chunk_size=QUANTUM) as file:
        for _ in range(5):
            file.write(b"x" * 100_000)
    assert bucket.blob("big").download_as_bytes() == b"x" * 500_000


def test_an_upload_says_how_far_it_is(session: str, bucket: storage.Bucket) -> None:
    """308 with the range that is there; without one nothing is; the end answers the object."""
    assert "range" not in put(session, b"", "bytes */*").headers
    first = put(session, b"a" * QUANTUM, "bytes 0-262143/*")
    assert (first.status_code, first.headers["range"]) == (308, "bytes=0-262143")
    asked = put(session, b"", "bytes */*")
    assert (asked.status_code, asked.headers["range"]) == (308, "bytes=0-262143")
    assert not bucket.blob("big").exists()
    last = put(session, b"b", f"bytes {QUANTUM}-{QUANTUM}/{QUANTUM + 1}")
    assert (last.status_code, last.json()["size"]) == (200, str(QUANTUM + 1))


def test_an_upload_that_has_ended_answers_its_object_again(session: str) -> None:
    """Whoever lost the last answer asks for it."""
    generation = put(session, b"data", "bytes 0-3/4").json()["generation"]
    assert put(session, b"", "bytes */4").json()["generation"] == generation
    assert put(session, b"data", "bytes 0-3/4").json()["generation"] == generation


def test_bytes_sent_twice_are_kept_once(session: str, bucket: storage.Bucket) -> None:
    """A chunk that overlaps what is there only adds what is new."""
    put(session, b"a" * QUANTUM, "bytes 0-262143/*")
    put(session, b"a" * QUANTUM + b"end", f"bytes 0-{QUANTUM + 2}/{QUANTUM + 3}").raise_for_status()
    assert bucket.blob("big").download_as_bytes() == b"a" * QUANTUM + b"end"


def test_a_gap_is_refused(session: str) -> None:
    """A chunk cannot begin behind what is there."""
    answer = put(session, b"a" * QUANTUM, "bytes 262144-524287/*")
    assert answer.status_code == 400
    assert "exceeds already uploaded size" in answer.json()["error"]["message"]


@pytest.mark.parametrize("content_range", ["bytes 0-99/*", "bytes 5-1/10", "bytes x", "items 0-1/2"])
def test_a_chunk_of_the_wrong_size_is_refused(session: str, content_range: str) -> None:
    """Every chunk but the last is a multiple of 256 KiB, and the header can be read."""
    assert put(session, b"a" * 100, content_range).status_code == 400


def test_a_body_without_range_is_the_whole_object(session: str, bucket: storage.Bucket) -> None:
    """One PUT of all bytes ends the upload."""
    httpx.put(session, content=b"all").raise_for_status()
    assert bucket.blob("big").download_as_bytes() == b"all"


def test_a_cancelled_upload_is_gone(session: str, bucket: storage.Bucket) -> None:
    """DELETE answers 499, and the upload is not found any more."""
    put(session, b"a" * QUANTUM, "bytes 0-262143/*")
    assert httpx.delete(session, headers={"content-length": "0"}).status_code == 499
    assert put(session, b"", "bytes */*").status_code == 404
    assert not bucket.blob("big").exists()


def test_a_cut_upload_is_resumed_by_the_client(own_cloud: RunningCloud, bucket: storage.Bucket) -> None:
    """The connection is reset twice within an upload; the client asks how far it is and goes on."""
    data = os.urandom(4 * QUANTUM)
    blob = bucket.blob("big", chunk_size=QUANTUM)
    with own_cloud.control.fault("storage", "objects.insert", effect="reset", skip=2, count=2) as fault:
        blob.upload_from_file(io.BytesIO(data), if_generation_match=0)
        assert own_cloud.control.hits(fault) == 2
    assert bucket.blob("big").download_as_bytes() == data


def test_a_lost_answer_to_a_chunk_is_made_up_for(own_cloud: RunningCloud, bucket: storage.Bucket) -> None:
    """A chunk that arrived, and whose answer did not, is not stored twice."""
    data = os.urandom(3 * QUANTUM)
    with own_cloud.control.fault("storage", "objects.insert", effect="lose_response", skip=1, count=1):
        bucket.blob("big", chunk_size=QUANTUM).upload_from_file(io.BytesIO(data), if_generation_match=0)
    assert bucket.blob("big").download_as_bytes() == data


def test_the_precondition_holds_at_the_end(bucket: storage.Bucket, session: str) -> None:
    """An object that appeared since the upload was opened is not replaced."""
    late = bucket.blob("big").create_resumable_upload_session(if_generation_match=0)
    put(session, b"data", "bytes 0-3/4").raise_for_status()
    assert put(late, b"late", "bytes 0-3/4").status_code == 412
    assert bucket.blob("big").download_as_bytes() == b"data"


def test_the_last_chunk_may_carry_the_checksum(session: str, bucket: storage.Bucket) -> None:
    """X-Goog-Hash of the whole object is held against what arrived."""
    headers = {"content-range": "bytes 0-3/4", "x-goog-hash": f"crc32c={crc32c(b'other')}"}
    assert httpx.put(session, content=b"data", headers=headers).status_code == 400
    assert not bucket.blob("big").exists()


def test_an_upload_into_a_missing_bucket_is_not_opened(client: storage.Client, project: str) -> None:
    """It is 404 at once."""
    with pytest.raises(exceptions.NotFound):
        client.bucket(project).blob("a").create_resumable_upload_session()


def test_an_upload_outlives_kill_9(tmp_path: Path) -> None:
    """Chunks that were acknowledged before the process was killed are there after it."""
    with local_cloud("--services", "storage", "--data", str(tmp_path)) as first:
        host = first.host("storage")
        httpx.post(f"{host}/storage/v1/b?project=p", json={"name": "lasting"}).raise_for_status()
        opened = httpx.post(f"{host}/upload/storage/v1/b/lasting/o?uploadType=resumable&name=big")
        session = opened.headers["location"].removeprefix(host)
        assert put(host + session, b"a" * QUANTUM, "bytes 0-262143/*").status_code == 308
    with local_cloud("--services", "storage", "--data", str(tmp_path)) as second:
        host = second.host("storage")
        assert put(host + session, b"", "bytes */*").headers["range"] == "bytes=0-262143"
        put(host + session, b"b", f"bytes {QUANTUM}-{QUANTUM}/{QUANTUM + 1}").raise_for_status()
        stored = httpx.get(f"{host}/download/storage/v1/b/lasting/o/big?alt=media").content
    assert stored == b"a" * QUANTUM + b"b"
