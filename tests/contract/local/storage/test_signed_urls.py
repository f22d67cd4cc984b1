"""V4 signed URLs."""

import re
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage
from google.oauth2 import service_account

from tests.processes import RunningCloud

Sign = Callable[..., str]


@pytest.fixture
def blob(bucket: storage.Bucket) -> storage.Blob:
    """An object whose name needs escaping."""
    blob = bucket.blob("a b/ü(1)!.png")
    blob.metadata = {"k": "v"}
    blob.upload_from_string(b"0123456789", content_type="image/png")
    return blob


@pytest.fixture
def sign(blob: storage.Blob, signer: service_account.Credentials) -> Sign:
    """Signs URLs of the object as Google's client does."""

    def signed(**given: object) -> str:
        given = {"version": "v4", "expiration": timedelta(days=2), "credentials": signer, **given}
        url: str = blob.generate_signed_url(**given)
        return url

    return signed


def code(answer: httpx.Response) -> tuple[int, str]:
    """The status and the code of an XML refusal."""
    assert answer.headers["content-type"].startswith("application/xml")
    found = re.search("<Code>(.*)</Code>", answer.text)
    return answer.status_code, found.group(1) if found else ""


def test_a_signed_url_opens_an_object(sign: Sign, blob: storage.Blob) -> None:
    """Without credentials, with its type, checksums, generation and metadata."""
    answer = httpx.get(sign())
    assert answer.content == b"0123456789"
    assert (answer.headers["content-type"], answer.headers["x-goog-meta-k"]) == ("image/png", "v")
    assert answer.headers["x-goog-generation"] == str(blob.generation)
    assert answer.headers["x-goog-hash"] == f"crc32c={blob.crc32c},md5={blob.md5_hash}"


def test_a_signed_url_is_asked_for_headers_and_ranges(sign: Sign) -> None:
    """HEAD has no body, and a range is 206; the signature covers neither."""
    head = httpx.head(sign())
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "10")
    assert httpx.head(sign(method="HEAD")).status_code == 200
    part = httpx.get(sign(), headers={"range": "bytes=2-3"})
    assert (part.status_code, part.content) == (206, b"23")
    assert code(httpx.get(sign(), headers={"range": "bytes=20-"})) == (416, "InvalidRange")


def test_the_answer_is_named_by_the_signer(sign: Sign) -> None:
    """response-content-disposition and response-content-type replace what is stored."""
    url = sign(response_disposition='attachment; filename="x.png"', response_type="image/webp")
    answer = httpx.get(url)
    assert answer.headers["content-disposition"] == 'attachment; filename="x.png"'
    assert answer.headers["content-type"] == "image/webp"


def test_a_reader_is_told_that_nothing_changed(sign: Sign) -> None:
    """If-None-Match with the tag of the answer is 304, another If-Match is 412."""
    tag = httpx.get(sign()).headers["etag"]
    assert httpx.get(sign(), headers={"if-none-match": tag}).status_code == 304
    assert code(httpx.get(sign(), headers={"if-match": '"other"'})) == (412, "PreconditionFailed")


def test_a_reader_may_compare_times(sign: Sign) -> None:
    """Last-Modified sent back is 304, an earlier If-Unmodified-Since is 412; a date that is none is ignored."""
    modified = httpx.get(sign()).headers["last-modified"]
    assert httpx.get(sign(), headers={"if-modified-since": modified}).status_code == 304
    long_ago = "Thu, 01 Jan 2026 00:00:00 GMT"
    assert code(httpx.get(sign(), headers={"if-unmodified-since": long_ago})) == (412, "PreconditionFailed")
    assert httpx.get(sign(), headers={"if-modified-since": "yesterday"}).status_code == 200


def test_a_generation_may_be_signed(sign: Sign, blob: storage.Blob) -> None:
    """The URL opens that generation only."""
    url = sign(generation=blob.generation)
    assert httpx.get(url).status_code == 200
    blob.upload_from_string(b"new")
    assert code(httpx.get(url)) == (404, "NoSuchKey")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("X-Goog-Expires=172800", "X-Goog-Expires=604800"),
        ("ü(1)", "other"),
        ("X-Goog-Signature=", "X-Goog-Signature=00"),
        ("&X-Goog-Signature", "&response-content-type=text%2Fhtml&X-Goog-Signature"),
        ("local-signer", "other-signer"),
    ],
)
def test_a_changed_url_is_refused(sign: Sign, old: str, new: str) -> None:
    """Whatever is changed: 403, with what should have been signed."""
    from urllib.parse import quote

    url = sign()
    changed = url.replace(quote(old, safe="~&=-"), new)
    assert changed != url
    answer = httpx.get(changed)
    assert code(answer) == (403, "SignatureDoesNotMatch")
    assert "<StringToSign>GOOG4-RSA-SHA256" in answer.text


def test_a_url_is_for_one_method(sign: Sign) -> None:
    """What was signed for GET does not write or delete."""
    assert code(httpx.put(sign(), content=b"x")) == (403, "SignatureDoesNotMatch")
    assert code(httpx.delete(sign())) == (403, "SignatureDoesNotMatch")


def test_a_url_expires_by_the_clock_of_the_cloud(own_cloud: RunningCloud, sign: Sign) -> None:
    """It opens until its last second, and is 400 from then on."""
    url, short = sign(), sign(expiration=timedelta(hours=1))
    own_cloud.control.advance(3500)
    assert httpx.get(short).status_code == 200
    own_cloud.control.advance(101)
    assert code(httpx.get(short)) == (400, "ExpiredToken")
    assert httpx.get(url).status_code == 200


@pytest.mark.parametrize(
    ("pattern", "new"),
    [
        (r"X-Goog-Date=\w+", "X-Goog-Date=yesterday"),
        (r"X-Goog-Expires=\d+", "X-Goog-Expires=604801"),
        (r"X-Goog-Expires=\d+&", ""),
        (r"X-Goog-SignedHeaders=host", "X-Goog-SignedHeaders=x-none"),
    ],
)
def test_a_malformed_url_is_refused(sign: Sign, pattern: str, new: str) -> None:
    """400, and the parameter at fault is named."""
    url = sign(expiration=timedelta(days=7))
    assert code(httpx.get(re.sub(pattern, new, url))) == (400, "MalformedSecurityHeader")


def test_a_signed_upload_stores_an_object(bucket: storage.Bucket, signer: service_account.Credentials) -> None:
    """Type, metadata and cache control come from the signed headers."""
    headers = {"content-type": "image/png", "x-goog-meta-job": "j1", "cache-control": "no-store"}
    blob = bucket.blob("new")
    url = blob.generate_signed_url(
        version="v4", expiration=timedelta(days=2), method="PUT", headers=dict(headers), credentials=signer
    )
    answer = httpx.put(url, content=b"picture", headers=headers)
    assert (answer.status_code, answer.content) == (200, b"")
    blob.reload()
    assert (blob.content_type, blob.metadata, blob.cache_control) == ("image/png", {"job": "j1"}, "no-store")
    assert answer.headers["x-goog-generation"] == str(blob.generation)
    assert answer.headers["x-goog-hash"] == f"crc32c={blob.crc32c},md5={blob.md5_hash}"


def test_signed_headers_bind_the_upload(bucket: storage.Bucket, signer: service_account.Credentials) -> None:
    """Another type is another signature; a signed header must be sent, and x-goog headers must be signed."""
    url = bucket.blob("new").generate_signed_url(
        version="v4", expiration=timedelta(days=2), method="PUT", content_type="image/png", credentials=signer
    )
    assert code(httpx.put(url, headers={"content-type": "text/html"})) == (403, "SignatureDoesNotMatch")
    assert code(httpx.put(url)) == (400, "MalformedSecurityHeader")
    more = {"content-type": "image/png", "x-goog-meta-a": "b"}
    assert code(httpx.put(url, headers=more)) == (400, "MalformedSecurityHeader")
    assert not bucket.blob("new").exists()


@pytest.mark.parametrize(
    ("size", "expected"), [(1, (400, "EntityTooSmall")), (2, None), (5, None), (6, (400, "EntityTooLarge"))]
)
def test_the_size_of_an_upload_is_bound(
    bucket: storage.Bucket, signer: service_account.Credentials, size: int, expected: tuple[int, str] | None
) -> None:
    """x-goog-content-length-range refuses what is shorter or longer, and stores nothing of it."""
    headers = {"x-goog-content-length-range": "2,5"}
    blob = bucket.blob("new")
    url = blob.generate_signed_url(
        version="v4", expiration=timedelta(days=2), method="PUT", headers=dict(headers), credentials=signer
    )
    answer = httpx.put(url, content=b"x" * size, headers=headers)
    assert (None if answer.status_code == 200 else code(answer)) == expected
    assert blob.exists() is (expected is None)


def test_a_signed_upload_creates_once(bucket: storage.Bucket, signer: service_account.Credentials) -> None:
    """x-goog-if-generation-match: 0 never replaces an object."""
    headers = {"x-goog-if-generation-match": "0"}
    url = bucket.blob("new").generate_signed_url(
        version="v4", expiration=timedelta(days=2), method="PUT", headers=dict(headers), credentials=signer
    )
    assert httpx.put(url, content=b"1", headers=headers).status_code == 200
    assert code(httpx.put(url, content=b"2", headers=headers)) == (412, "PreconditionFailed")
    assert bucket.blob("new").download_as_bytes() == b"1"


def test_a_damaged_signed_upload_is_refused(bucket: storage.Bucket, signer: service_account.Credentials) -> None:
    """Content-MD5 is held against the bytes."""
    url = bucket.blob("new").generate_signed_url(
        version="v4", expiration=timedelta(days=2), method="PUT", credentials=signer
    )
    assert code(httpx.put(url, content=b"1", headers={"content-md5": "AAAAAAAAAAAAAAAAAAAAAA=="})) == (400, "BadDigest")
    assert not bucket.blob("new").exists()


def test_a_signed_deletion(sign: Sign, blob: storage.Blob) -> None:
    """204, then 404."""
    url = sign(method="DELETE")
    assert httpx.delete(url).status_code == 204
    assert not blob.exists()
    assert code(httpx.delete(url)) == (404, "NoSuchKey")


def test_a_resumable_upload_is_opened_by_a_signed_url(
    bucket: storage.Bucket, signer: service_account.Credentials
) -> None:
    """The address in Location needs no further signature."""
    url = bucket.blob("new/big").generate_signed_url(
        version="v4",
        expiration=timedelta(days=2),
        method="RESUMABLE",
        headers={"content-type": "image/png"},
        credentials=signer,
    )
    opened = httpx.post(url, headers={"x-goog-resumable": "start", "content-type": "image/png"})
    assert opened.status_code == 201
    session = opened.headers["location"]
    assert httpx.put(session, headers={"content-range": "bytes */*"}).status_code == 308
    httpx.put(session, content=b"data", headers={"content-range": "bytes 0-3/4"}).raise_for_status()
    blob = bucket.get_blob("new/big")
    assert blob is not None
    assert (blob.content_type, blob.download_as_bytes()) == ("image/png", b"data")


def test_nobody_gets_in_without_a_signature(sign: Sign) -> None:
    """The bare address is 403; with a bearer token, as the client of another language sends it, it opens."""
    bare = sign().partition("?")[0]
    assert code(httpx.get(bare)) == (403, "AccessDenied")
    assert code(httpx.put(bare, content=b"x")) == (403, "AccessDenied")
    assert httpx.get(bare, headers={"authorization": "Bearer any"}).content == b"0123456789"


def test_the_older_signatures_are_refused_by_name(sign: Sign) -> None:
    """V2 URLs are UNIMPLEMENTED."""
    answer = httpx.get(sign(version="v2"))
    assert code(answer) == (501, "NotImplemented")
    assert "V2 signed URL" in answer.text


def test_iam_signs_for_any_account(address: str, blob: storage.Blob) -> None:
    """Google's own IAM signer, sent here instead of to Google, makes URLs that open; its key is kept."""
    from google.auth import iam
    from google.auth.transport import requests

    transport = requests.Request()

    def here(url: str, **given: object) -> object:
        return transport(url=url.replace("https://iamcredentials.googleapis.com", address), **given)

    email = f"status@{blob.bucket.name}.iam.gserviceaccount.com"
    for _ in range(2):
        credentials = service_account.Credentials(iam.Signer(here, AnonymousCredentials(), email), email, "")
        url = blob.generate_signed_url(version="v4", expiration=timedelta(days=2), credentials=credentials)
        assert httpx.get(url).content == b"0123456789"


def test_iam_signs_only_base64(http: httpx.Client) -> None:
    """A payload that cannot be read is 400."""
    path = "/iam/v1/projects/-/serviceAccounts/a@b.iam.gserviceaccount.com:signBlob"
    assert http.post(path, json={"payload": "?"}).status_code == 400
    assert http.post(path, json={}).status_code == 400
