"""Requests of browsers from other origins."""

from datetime import timedelta

import httpx
import pytest
from google.cloud import storage
from google.oauth2 import service_account

PAGE = "http://127.0.0.1:8080"


@pytest.fixture
def blob(bucket: storage.Bucket) -> storage.Blob:
    """An object of a bucket that one page may use."""
    bucket.cors = [
        {
            "origin": [PAGE],
            "method": ["GET", "PUT"],
            "responseHeader": ["Content-Type", "x-goog-*"],
            "maxAgeSeconds": 60,
        }
    ]
    bucket.patch()
    blob = bucket.blob("a")
    blob.upload_from_string(b"x")
    return blob


@pytest.fixture
def url(blob: storage.Blob, signer: service_account.Credentials) -> str:
    """A signed URL that reads the object."""
    signed: str = blob.generate_signed_url(version="v4", expiration=timedelta(days=2), credentials=signer)
    return signed


def preflight(url: str, method: str = "GET", headers: str = "", origin: str = PAGE) -> httpx.Headers:
    """What a browser is told before its request."""
    answer = httpx.options(
        url,
        headers={
            "origin": origin,
            "access-control-request-method": method,
            **({"access-control-request-headers": headers} if headers else {}),
        },
    )
    assert answer.status_code == 200
    return answer.headers


def test_a_page_that_is_allowed_may_read(url: str) -> None:
    """The answer names its origin and the headers that it may see; another page's does not."""
    answer = httpx.get(url, headers={"origin": PAGE})
    assert answer.headers["access-control-allow-origin"] == PAGE
    assert answer.headers["access-control-expose-headers"] == "Content-Type, x-goog-*"
    assert answer.headers["vary"] == "Origin"
    assert "access-control-allow-origin" not in httpx.get(url, headers={"origin": "http://other"}).headers
    assert "access-control-allow-origin" not in httpx.get(url).headers


def test_a_page_may_read_why_it_was_refused(url: str) -> None:
    """Refusals carry the same headers."""
    answer = httpx.get(url.replace("X-Goog-Signature=", "X-Goog-Signature=00"), headers={"origin": PAGE})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (403, PAGE)


def test_a_preflight_is_answered_by_the_configuration(url: str) -> None:
    """Origin, method and every header must be in one rule."""
    granted = preflight(url, "PUT", "content-type, x-goog-meta-a")
    assert granted["access-control-allow-origin"] == PAGE
    assert (granted["access-control-allow-methods"], granted["access-control-max-age"]) == ("GET, PUT", "60")
    assert granted["access-control-allow-headers"] == "Content-Type, x-goog-*"
    for refused in (
        preflight(url, "DELETE"),
        preflight(url, "PUT", "authorization"),
        preflight(url, origin="http://other"),
    ):
        assert "access-control-allow-origin" not in refused


def test_a_configuration_that_is_none_is_refused(bucket: storage.Bucket, http: httpx.Client) -> None:
    """A misspelt field of a rule is named."""
    answer = http.patch(f"/storage/v1/b/{bucket.name}", json={"cors": [{"origins": ["*"]}]})
    assert (answer.status_code, "origins" in answer.text) == (400, True)


def test_any_origin_may_be_allowed(blob: storage.Blob, url: str) -> None:
    """A star is answered with a star."""
    blob.bucket.cors = [{"origin": ["*"], "method": ["*"]}]
    blob.bucket.patch()
    assert httpx.get(url, headers={"origin": "http://other"}).headers["access-control-allow-origin"] == "*"
    assert preflight(url, "DELETE", origin="http://other")["access-control-allow-origin"] == "*"


def test_the_json_api_is_open_to_every_page(address: str, blob: storage.Blob) -> None:
    """Whatever the bucket says, as with the real one: for resources, bytes, uploads and refusals."""
    for path in (
        f"/storage/v1/b/{blob.bucket.name}/o/a",
        f"/download/storage/v1/b/{blob.bucket.name}/o/a?alt=media",
        f"/storage/v1/b/{blob.bucket.name}/o/none",
    ):
        answer = httpx.get(address + path, headers={"origin": "http://other"})
        assert answer.headers["access-control-allow-origin"] == "http://other"
    granted = preflight(f"{address}/upload/storage/v1/b/{blob.bucket.name}/o", "POST", "content-type", "http://other")
    assert granted["access-control-allow-origin"] == "http://other"
    assert granted["access-control-allow-headers"] == "content-type"
