"""The body of a multipart upload: a JSON resource and the bytes."""

from email.message import Message
from email.parser import BytesHeaderParser
from functools import lru_cache

from infra.local.storage.refusals import invalid

PARTS = 2


def parts(content_type: str, data: bytes) -> tuple[bytes, str, bytes]:
    """The JSON resource, the type of the bytes, and the bytes of a multipart/related body.

    Raises:
        StorageError: 400, it is none.
    """
    header = Message()
    header["content-type"] = content_type
    boundary = header.get_param("boundary")
    if header.get_content_type() != "multipart/related" or not isinstance(boundary, str):
        raise invalid("Multipart uploads must have the content type multipart/related with a boundary.")
    mark = b"--" + boundary.encode()
    # Cut by hand: the bytes are copied once.
    first = data.find(mark)
    second = data.find(b"\r\n" + mark, first + len(mark))
    last = data.rfind(b"\r\n" + mark)
    if first < 0 or second < 0 or last <= second:
        raise invalid(f"Multipart uploads must have {PARTS} parts.")
    _, resource = _part(data, first + len(mark), second)
    media_type, payload = _part(data, second + 2 + len(mark), last)
    return resource, media_type, payload


def _part(data: bytes, start: int, end: int) -> tuple[str, bytes]:
    separator = data.find(b"\r\n\r\n", start, end)
    if separator < 0:
        raise invalid("A part of the multipart upload has no end of its headers.")
    return _content_type(data[start:separator].lstrip()), data[separator + 4 : end]


@lru_cache(maxsize=256)
def _content_type(head: bytes) -> str:
    headers = BytesHeaderParser().parsebytes(head + b"\r\n\r\n")
    return headers.get("content-type", "application/octet-stream")
