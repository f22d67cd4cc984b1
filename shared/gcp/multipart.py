"""One object with what is said of it, uploaded in one request that copies none of its bytes.

Google's client puts the request together by four copies of a picture's megabytes. Here its parts are sent one after the
other, by that client's own session, which has the credentials and keeps the connections.
Source: https://cloud.google.com/storage/docs/uploading-objects#rest-upload-objects
"""

import secrets
from base64 import b64encode
from collections.abc import Iterator

import google_crc32c
import msgspec
from google.api_core import exceptions as google
from google.cloud import storage

OK = 200


class Parts:
    """A body of known length, sent piece by piece, and anew where a request is made again."""

    def __init__(self, *parts: bytes) -> None:
        self._parts = parts

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._parts)

    def __len__(self) -> int:
        return sum(map(len, self._parts))


class Resource(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is said of an object."""

    name: str
    content_type: str
    metadata: dict[str, str]


class _Checked(Resource, frozen=True, kw_only=True):
    crc32c: str


def upload(bucket: storage.Bucket, resource: Resource, data: bytes, generation: int, timeout: float) -> None:
    """Store `data` where an object of that generation lies, 0: none; Cloud Storage compares its checksum.

    Raises:
        GoogleAPICallError: it was refused; PreconditionFailed where another generation lies there.
        requests.RequestException, GoogleAuthError: nobody knows whether it is there.
    """
    checksum = b64encode(google_crc32c.value(data).to_bytes(4, "big")).decode()
    told = msgspec.json.encode(_Checked(**msgspec.structs.asdict(resource), crc32c=checksum))
    boundary = secrets.token_hex(16)
    part = f"--{boundary}\r\ncontent-type: ".encode()
    head = part + b"application/json; charset=UTF-8\r\n\r\n" + told + b"\r\n" + part
    body = Parts(head + resource.content_type.encode() + b"\r\n\r\n", data, f"\r\n--{boundary}--".encode())
    client = bucket.client
    # The answer is not read: the less of the resource is in it, the less is made.
    query = f"uploadType=multipart&ifGenerationMatch={generation}&fields=generation"
    answer = client._http.request(  # noqa: SLF001 - it has no other name
        "POST",
        f"{client.api_endpoint}/upload/storage/v1{bucket.path}/o?{query}",
        data=body,
        headers={"content-type": f'multipart/related; boundary="{boundary}"'},
        timeout=timeout,
    )
    if answer.status_code != OK:
        raise google.from_http_response(answer)
