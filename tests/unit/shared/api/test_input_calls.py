"""POST /v1/uploads and /v1/jobs/{id}/variations."""

from typing import Any

import pytest

from shared.domain.errors import Unavailable
from shared.domain.job import Artifact
from tests.builders import JOB_ID, a_job_in
from tests.fakes.clock import NOON
from tests.unit.shared.api.asking import Api

FILE = {"mime_type": "image/png", "bytes": 3}
KEY = {"Idempotency-Key": "key-1"}
IMAGE = Artifact(index=0, uri="gs://b/i.png", sha256="i", mime_type="image/png", width=2, height=3, bytes=4)


def test_an_upload_is_told_where_to_go() -> None:
    """201, an address for a quarter of an hour, and the headers that it must have."""
    api = Api()
    answer = api.submit.post("/v1/uploads", json=FILE)
    upload = answer.json()
    assert (answer.status_code, answer.headers["cache-control"], upload["method"]) == (201, "no-store", "PUT")
    assert upload["expires_at"] == "2026-11-21T12:15:00Z"
    assert upload["headers"] == {
        "Content-Type": "image/png", "x-goog-content-length-range": "3,3", "x-goog-if-generation-match": "0",
    }  # fmt: skip
    assert api.uploads.send(upload["upload_url"], upload["headers"], b"abc", NOON)
    assert api.uploads.sent == {f"inputs/local/{upload['id']}": b"abc"}


def test_a_key_names_one_upload() -> None:
    """A repeat is the same one; without a key, each is another."""
    api = Api()
    ids = [api.submit.post("/v1/uploads", json=FILE, headers=headers).json()["id"] for headers in (KEY, KEY, {}, {})]
    assert (ids[0] == ids[1], len(set(ids))) == (True, 3)


def test_a_repeat_says_that_it_is_one_and_another_file_is_422() -> None:
    """For a day, as long as a file that no job has used."""
    api = Api()
    first, again = (api.submit.post("/v1/uploads", json=FILE, headers=KEY).headers for _ in range(2))
    assert (first.get("idempotency-replayed"), again.get("idempotency-replayed")) == (None, "true")
    assert first["idempotency-key-expires"] == "Sun, 22 Nov 2026 12:00:00 GMT"
    other = api.submit.post("/v1/uploads", json=FILE | {"bytes": 4}, headers=KEY)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"bytes": 0}, "/bytes"),
        ({"bytes": 20 * 1024 * 1024 + 1}, "/bytes"),
        ({"mime_type": "image/gif"}, "/mime_type"),
        ({"md5": "no digest"}, "/md5"),
        ({"name": "x"}, "/name"),
    ],
)
def test_an_upload_that_would_not_be_taken_is_refused(changes: dict[str, Any], pointer: str) -> None:
    """400, with a pointer, before anything is sent."""
    answer = Api().submit.post("/v1/uploads", json=FILE | changes)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)


def test_without_a_signer_there_are_no_uploads() -> None:
    """503, to be repeated."""
    api = Api()
    api.uploads.failures.refuse("put_url", Unavailable("uploads_not_signed", "not now", retry_after=5))
    answer = api.submit.post("/v1/uploads", json=FILE)
    assert (answer.status_code, answer.json()["code"]) == (503, "uploads_not_signed")


@pytest.mark.parametrize("request_", [{}, {"json": {"prompt": "at night"}}])
def test_a_variation_is_answered_as_a_job(request_: dict[str, Any]) -> None:
    """202 and where it is; the body may be left out. Who reads it sees what it starts from, and no URI."""
    api = Api()
    api.jobs.has(a_job_in("completed", artifacts=(IMAGE,)))
    answer = api.submit.post(f"/v1/jobs/{JOB_ID}/variations", headers=KEY, **request_)
    assert answer.status_code == 202
    shown = api.status.get(f"/v1/jobs/{answer.json()['id']}").json()
    assert shown["references"] == [{"job_id": JOB_ID}]
    assert (shown["variation_of"], shown["mask"], shown["cache"]) == (JOB_ID, None, "off")
    assert "gs://" not in answer.text
    assert answer.headers["location"] == shown["urls"]["self"]
