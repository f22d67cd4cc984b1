"""The four preconditions, on every operation that takes them."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from google.api_core import exceptions
from google.cloud import storage


@pytest.fixture
def blob(bucket: storage.Bucket) -> storage.Blob:
    """An object of metageneration 2."""
    blob = bucket.blob("there")
    blob.upload_from_string(b"data")
    blob.metadata = {"k": "v"}
    blob.patch()
    return blob


def unmet(blob: storage.Blob) -> list[dict[str, int]]:
    """Preconditions that do not hold for the object."""
    return [
        {"if_generation_match": blob.generation + 1},
        {"if_generation_match": 0},
        {"if_generation_not_match": blob.generation},
        {"if_metageneration_match": 1},
        {"if_metageneration_not_match": 2},
    ]


WRITES: dict[str, Callable[[storage.Blob, dict[str, Any]], Any]] = {
    "insert": lambda blob, given: blob.upload_from_string(b"other", **given),
    "resumable": lambda blob, given: blob.bucket.blob(blob.name).create_resumable_upload_session(size=1, **given),
    "patch": lambda blob, given: blob.patch(**given),
    "update": lambda blob, given: blob.update(**given),
    "delete": lambda blob, given: blob.delete(**given),
    "rewrite": lambda blob, given: blob.rewrite(blob.bucket.blob("source"), **given),
    "rewrite source": lambda blob, given: blob.bucket.blob("copy").rewrite(
        blob, **{f"if_source_{name.removeprefix('if_')}": value for name, value in given.items()}
    ),
    "copy": lambda blob, given: blob.bucket.copy_blob(blob.bucket.blob("source"), blob.bucket, blob.name, **given),
    "move": lambda blob, given: blob.bucket.move_blob(blob.bucket.blob("source"), blob.name, **given),
}


@pytest.mark.parametrize("operation", WRITES)
def test_a_write_whose_precondition_does_not_hold_fails(blob: storage.Blob, operation: str) -> None:
    """Each of the four is 412 and leaves the object as it is; what holds lets pass."""
    blob.bucket.blob("source").upload_from_string(b"source")
    for given in unmet(blob):
        with pytest.raises(exceptions.PreconditionFailed, match="conditions you specified did not hold"):
            WRITES[operation](blob, given)
    found = blob.bucket.get_blob(blob.name)
    assert found is not None
    assert (found.generation, found.metageneration) == (blob.generation, 2)
    WRITES[operation](blob, {"if_generation_match": blob.generation, "if_metageneration_match": 2})


def test_a_failed_precondition_says_so_as_the_real_one(blob: storage.Blob, http: httpx.Client) -> None:
    """The error names conditionNotMet and where it was."""
    answer = http.delete(f"/storage/v1/b/{blob.bucket.name}/o/there?ifGenerationMatch=1")
    assert answer.status_code == 412
    assert answer.json()["error"]["errors"] == [
        {
            "message": "At least one of the pre-conditions you specified did not hold.",
            "domain": "global",
            "reason": "conditionNotMet",
            "locationType": "header",
            "location": "If-Match",
        }
    ]


@pytest.mark.parametrize("path", ["/storage/v1/b/{}/o/there?", "/download/storage/v1/b/{}/o/there?alt=media&"])
def test_a_read_tells_failed_from_not_modified(blob: storage.Blob, http: httpx.Client, path: str) -> None:
    """A reader's ifMatch is 412, its ifNotMatch is 304 without a body."""
    base = path.format(blob.bucket.name)
    assert http.get(f"{base}ifGenerationMatch=1").status_code == 412
    assert http.get(f"{base}ifMetagenerationMatch=1").status_code == 412
    for same in (f"ifGenerationNotMatch={blob.generation}", "ifMetagenerationNotMatch=2"):
        answer = http.get(base + same)
        assert (answer.status_code, answer.content) == (304, b"")
    assert http.get(f"{base}ifGenerationNotMatch=1&ifMetagenerationMatch=2").status_code == 200


def test_a_reader_may_compare_tags(blob: storage.Blob) -> None:
    """If-Match and If-None-Match of the client hold an object's etag."""
    blob.reload(if_etag_match=blob.etag)
    assert blob.exists(if_etag_not_match="other")
    with pytest.raises(exceptions.PreconditionFailed):
        blob.reload(if_etag_match="other")
    with pytest.raises(exceptions.NotModified):
        blob.reload(if_etag_not_match=blob.etag)


def test_generation_0_creates_once(bucket: storage.Bucket) -> None:
    """ifGenerationMatch=0 stores a new object and never replaces one."""
    bucket.blob("a").upload_from_string(b"first", if_generation_match=0)
    with pytest.raises(exceptions.PreconditionFailed):
        bucket.blob("a").upload_from_string(b"second", if_generation_match=0)
    assert bucket.blob("a").download_as_bytes() == b"first"


def test_generation_not_0_needs_one_that_is_there(bucket: storage.Bucket) -> None:
    """ifGenerationNotMatch=0 replaces an object and never creates one."""
    with pytest.raises(exceptions.PreconditionFailed):
        bucket.blob("a").upload_from_string(b"x", if_generation_not_match=0)
    bucket.blob("a").upload_from_string(b"x")
    bucket.blob("a").upload_from_string(b"y", if_generation_not_match=0)


def test_a_missing_object_is_not_found_before_its_preconditions(bucket: storage.Bucket) -> None:
    """Delete and patch of nothing are 404, whatever is asked of it."""
    with pytest.raises(exceptions.NotFound, match="No such object"):
        bucket.blob("none").delete(if_generation_match=5)
    with pytest.raises(exceptions.NotFound):
        bucket.blob("none").patch(if_metageneration_match=5)


def test_a_condition_that_is_no_number_is_refused(blob: storage.Blob, http: httpx.Client) -> None:
    """The parameter is named."""
    answer = http.get(f"/storage/v1/b/{blob.bucket.name}/o/there?ifGenerationMatch=new")
    assert answer.status_code == 400
    assert answer.json()["error"]["errors"][0]["location"] == "ifGenerationMatch"


def test_one_of_many_simultaneous_creations_wins(client: storage.Client, bucket: storage.Bucket) -> None:
    """Of eight uploads under ifGenerationMatch=0, exactly one succeeds."""
    from concurrent.futures import ThreadPoolExecutor

    def create(number: int) -> int | None:
        try:
            client.bucket(bucket.name).blob("race").upload_from_string(bytes([number]) * 300_000, if_generation_match=0)
        except exceptions.PreconditionFailed:
            return None
        return number

    with ThreadPoolExecutor(8) as threads:
        winners = [number for number in threads.map(create, range(8)) if number is not None]
    assert len(winners) == 1
    assert bucket.blob("race").download_as_bytes() == bytes([winners[0]]) * 300_000
