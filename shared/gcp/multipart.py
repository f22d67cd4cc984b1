"""One object with what is said of it, uploaded in one request that copies none of its bytes.

Google's client puts the request together by four copies of a picture's megabytes, and requests, by which it sends it,
takes longer than the sending. Here its parts are sent one after the other by urllib3, on which requests is built.
Source: https://cloud.google.com/storage/docs/uploading-objects#rest-upload-objects
"""

import secrets
from base64 import b64encode
from collections.abc import Iterator
from functools import cached_property

import google_crc32c
import msgspec
import requests
import urllib3
from google.api_core import exceptions as google
from google.auth.transport.requests import Request
from google.cloud import storage
from requests.adapters import HTTPAdapter

OK, UNAUTHORIZED = 200, 401
MAX_TEXT = 300  # characters of an answer that is no refusal of the API's


class Resource(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is said of an object."""

    name: str
    content_type: str
    metadata: dict[str, str]


class _Checked(Resource, frozen=True, kw_only=True):
    crc32c: str


class Parts:
    """A body, sent piece by piece, and anew where its request is made again."""

    def __init__(self, *parts: bytes) -> None:
        self._parts = parts

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._parts)

    def __len__(self) -> int:
        return sum(map(len, self._parts))


class MultipartUpload:
    """Uploads to one bucket, from any thread."""

    def __init__(self, bucket: storage.Bucket, connections: int) -> None:
        """`connections` are kept at most."""
        self._bucket = bucket
        self._connections = connections

    def __call__(self, resource: Resource, data: bytes, generation: int, timeout: float) -> None:
        """Store `data` where an object of that generation lies, 0: none; Cloud Storage compares its checksum.

        Raises:
            GoogleAPICallError: it was refused; PreconditionFailed where another generation lies there.
            requests.ConnectionError, GoogleAuthError: nobody knows whether it is there.
        """
        checksum = b64encode(google_crc32c.value(data).to_bytes(4, "big")).decode()
        told = msgspec.json.encode(_Checked(**msgspec.structs.asdict(resource), crc32c=checksum))
        boundary = secrets.token_hex(16)
        part = f"--{boundary}\r\ncontent-type: ".encode()
        head = part + b"application/json; charset=UTF-8\r\n\r\n" + told + b"\r\n" + part
        body = Parts(head + resource.content_type.encode() + b"\r\n\r\n", data, f"\r\n--{boundary}--".encode())
        headers = {
            "content-type": f'multipart/related; boundary="{boundary}"',
            "content-length": str(len(body)),
            "user-agent": "darkroom",
        }
        condition = f"&ifGenerationMatch={generation}"
        try:
            answer = self._answer(condition, body, headers, timeout)
        except urllib3.exceptions.HTTPError as exc:  # as its client would call it, and so tried again as there
            raise requests.ConnectionError(exc) from exc
        if answer.status != OK:
            raise google.from_http_status(answer.status, f"POST {self._url}{condition}: {_said(answer.data)}")

    def _answer(self, condition: str, body: Parts, headers: dict[str, str], timeout: float) -> urllib3.BaseHTTPResponse:
        """The answer; asked for once more where the credentials' token is not taken any more."""
        credentials = self._bucket.client._credentials  # noqa: SLF001 - they have no other name
        pool, target = self._way
        for last in (False, True):
            told = dict(headers)
            credentials.before_request(self._tokens, "POST", self._url, told)
            answer = pool.urlopen(
                "POST", target + condition, body=body, headers=told, timeout=timeout, retries=False,
                assert_same_host=False,
            )  # fmt: skip
            if last or answer.status != UNAUTHORIZED:
                return answer
            credentials.refresh(self._tokens)
        raise AssertionError("the last turn returns")

    @cached_property
    def _url(self) -> str:
        return f"{self._bucket.client.api_endpoint}/upload/storage/v1{self._bucket.path}/o?uploadType=multipart"

    @cached_property
    def _way(self) -> tuple[urllib3.HTTPConnectionPool, str]:
        return _Connections(pool_maxsize=self._connections).to(self._url)

    @cached_property
    def _tokens(self) -> Request:
        """What asks for the credentials' tokens: not the connections to Cloud Storage, which may be a proxy's."""
        return Request()


class _Connections(HTTPAdapter):
    """Connections that go where those of requests do: by the environment's proxies and certificates."""

    def to(self, url: str) -> tuple[urllib3.HTTPConnectionPool, str]:
        """Those to the address, and what is to be asked for on them."""
        asked = requests.Request("POST", url).prepare()
        found = requests.Session().merge_environment_settings(url, {}, stream=None, verify=None, cert=None)
        pool = self.get_connection_with_tls_context(asked, found["verify"], found["proxies"], found["cert"])
        return pool, self.request_url(asked, found["proxies"])


def _said(answer: bytes) -> str:
    try:
        return str(msgspec.json.decode(answer)["error"]["message"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return answer[:MAX_TEXT].decode(errors="replace")
