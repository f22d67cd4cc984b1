"""One object with what is said of it, uploaded in one request that copies none of its bytes.

Google's client puts the request together by four copies of a picture's megabytes, and requests, by which it sends it,
takes longer than the sending. Here its parts are sent one after the other, by Google's own transport on urllib3.
Source: https://cloud.google.com/storage/docs/uploading-objects#rest-upload-objects
"""

import secrets
from base64 import b64encode
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

import google_crc32c
import msgspec
import requests
import urllib3
from google.api_core import exceptions as google
from google.cloud import storage

if TYPE_CHECKING:
    from google.auth.transport.urllib3 import AuthorizedHttp

OK = 200
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
        url = f"{self._url}&ifGenerationMatch={generation}"
        try:
            answer = self._http.urlopen("POST", url, body=body, headers=headers, timeout=timeout, retries=False)
        except urllib3.exceptions.HTTPError as exc:  # as its client would call it, and so tried again as there
            raise requests.ConnectionError(exc) from exc
        if answer.status != OK:
            raise google.from_http_status(answer.status, f"POST {url}: {_said(answer.data)}")

    @cached_property
    def _url(self) -> str:
        return f"{self._bucket.client.api_endpoint}/upload/storage/v1{self._bucket.path}/o?uploadType=multipart"

    @cached_property
    def _http(self) -> "AuthorizedHttp":
        """Connections of their own, by the client's credentials; proxies and certificates as requests knows them."""
        from google.auth.transport.urllib3 import AuthorizedHttp

        session = requests.Session()
        found = session.merge_environment_settings(self._url, {}, stream=None, verify=None, cert=None)
        proxy = found["proxies"].get(urllib3.util.parse_url(self._url).scheme)
        authorities = found["verify"]
        made: dict[str, Any] = {
            "maxsize": self._connections,
            "ca_certs": authorities if isinstance(authorities, str) else requests.utils.DEFAULT_CA_BUNDLE_PATH,
        }
        pool = urllib3.ProxyManager(proxy, **made) if proxy else urllib3.PoolManager(**made)
        return AuthorizedHttp(self._bucket.client._credentials, http=pool)  # noqa: SLF001 - it has no other name


def _said(answer: bytes) -> str:
    try:
        return str(msgspec.json.decode(answer)["error"]["message"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return answer[:MAX_TEXT].decode(errors="replace")
