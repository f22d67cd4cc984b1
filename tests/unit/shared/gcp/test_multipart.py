"""One upload, as another reads it than who wrote it."""

from base64 import b64decode
from collections.abc import Iterator
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

import google_crc32c
import msgspec
import pytest
import requests
from google.api_core import exceptions as google
from google.auth.credentials import AnonymousCredentials, Credentials, CredentialsWithQuotaProject
from google.cloud import storage

from shared.gcp.multipart import Resource, upload
from tests.fakes.http_server import Answer, Asked, HttpServer, json_answer

DATA = b"\r\n--\x00\xff" * 1000
RESOURCE = Resource(name="a/ä 1.png", content_type="image/png", metadata={"job_id": "j", "who": "ö"})


@pytest.fixture
def server() -> Iterator[HttpServer]:
    """A Cloud Storage that takes everything."""
    with HttpServer(lambda _: json_answer({})).running() as running:
        yield running


class Tokens(CredentialsWithQuotaProject):  # type: ignore[misc] # its package is not typed
    """Credentials whose tokens are numbered, and whose calls another project pays for."""

    number = 0

    def refresh(self, request: object) -> None:
        """Give the next token."""
        del request
        self.number += 1
        self.token = f"token-{self.number}"

    def with_quota_project(self, quota_project_id: str) -> "Tokens":
        """Have that project pay."""
        self._quota_project_id = quota_project_id
        return self


def bucket_at(endpoint: str, credentials: Credentials | None = None) -> storage.Bucket:
    """Of a client that has these credentials, or none."""
    options = {"api_endpoint": endpoint}
    client = storage.Client("project", credentials=credentials or AnonymousCredentials(), client_options=options)
    return client.bucket("pictures")


def read(asked: Asked) -> tuple[dict[str, Any], str, bytes]:
    """The resource, and the bytes with their type."""
    head = f"content-type: {asked.headers['content-type']}\r\n\r\n".encode()
    parts: list[Any] = list(BytesParser(policy=HTTP).parsebytes(head + asked.body).iter_parts())
    told, data = parts
    return msgspec.json.decode(told.get_payload(decode=True)), data.get_content_type(), data.get_payload(decode=True)


def test_an_object_and_what_is_said_of_it_are_one_request(server: HttpServer) -> None:
    """With a checksum, under the generation of what it replaces; asked for no more than that of the new one."""
    upload(bucket_at(server.url), RESOURCE, DATA, 7, 5)
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", "/upload/storage/v1/b/pictures/o")
    assert asked.query == {"uploadType": "multipart", "ifGenerationMatch": "7", "fields": "generation"}
    told, mime_type, data = read(asked)
    assert (mime_type, data) == ("image/png", DATA)
    assert b64decode(told.pop("crc32c")) == google_crc32c.value(DATA).to_bytes(4, "big")
    assert told == {"name": "a/ä 1.png", "contentType": "image/png", "metadata": {"job_id": "j", "who": "ö"}}


def test_a_refusal_says_what_cloud_storage_says(server: HttpServer) -> None:
    """Or, where another answered in its place, what that said."""
    bucket = bucket_at(server.url)
    server.answer = lambda _: json_answer({"error": {"code": 412, "message": "Not this one."}}, 412)
    with pytest.raises(google.PreconditionFailed, match="Not this one"):
        upload(bucket, RESOURCE, DATA, 0, 5)
    server.answer = lambda _: Answer(503, b"<p>Later</p>")
    with pytest.raises(google.ServiceUnavailable, match="Later"):
        upload(bucket, RESOURCE, DATA, 0, 5)


def test_a_connection_that_breaks_is_told_as_google_s_client_tells_it(server: HttpServer) -> None:
    """So that it is tried again as there."""
    server.answer = lambda _: Answer(reset=True)
    with pytest.raises(requests.ConnectionError):
        upload(bucket_at(server.url), RESOURCE, DATA, 0, 5)


def test_a_token_that_is_not_taken_any_more_is_renewed(server: HttpServer) -> None:
    """Once, and the whole upload is sent again, for the project that pays."""
    server.answer = lambda asked: json_answer({}, 200 if asked.headers["authorization"] == "Bearer token-2" else 401)
    bucket = bucket_at(server.url, Tokens().with_quota_project("payer"))
    upload(bucket, RESOURCE, DATA, 0, 5)
    assert [asked.headers["authorization"] for asked in server.asked] == ["Bearer token-1", "Bearer token-2"]
    assert {asked.headers["x-goog-user-project"] for asked in server.asked} == {"payer"}
    assert [read(asked)[2] for asked in server.asked] == [DATA, DATA]
    server.answer = lambda _: json_answer({}, 401)
    with pytest.raises(google.Unauthorized):
        upload(bucket, RESOURCE, DATA, 0, 5)
