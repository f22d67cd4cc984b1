"""The body of a multipart upload: a JSON resource and the bytes."""

from email.message import Message
from email.parser import BytesHeaderParser

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
    # The outer ends are cut by hand: a split by the mark would copy the bytes once more.
    first = data.find(mark)
    second = data.find(b"\r\n" + mark, first + len(mark))
    last = data.rfind(b"\r\n" + mark)
    if first < 0 or second < 0 or last <= second:
        raise invalid(f"Multipart uploads must have {PARTS} parts.")
    _, resource = _part(data[first + len(mark) : second])
    media_type, payload = _part(data[second + 2 + len(mark) : last])
    return resource, media_type, payload


def _part(data: bytes) -> tuple[str, bytes]:
    head, separator, body = data.partition(b"\r\n\r\n")
    if not separator:
        raise invalid("A part of the multipart upload has no end of its headers.")
    headers = BytesHeaderParser().parsebytes(head.lstrip() + b"\r\n\r\n")
    return headers.get("content-type", "application/octet-stream"), body
