"""The bytes of an object: whole or a range, with their checksums."""

import asyncio
import re
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO, Literal

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from infra.local.rest import HttpError
from infra.local.storage.call import Call
from infra.local.storage.md5s import object_with_md5
from infra.local.storage.meta import Object
from infra.local.storage.preconditions import NotModified
from infra.local.storage.resources import etag
from infra.local.storage.store import Store

CHUNK = 1 << 20  # bytes read at once
GZIP = b"\x1f\x8b"
RANGE = re.compile(r"bytes=(\d*)-(\d*)")


async def media(store: Store, call: Call) -> Response:
    """The bytes of the object of a call; refusals are plain text here, as the real one's."""
    try:
        item = await object_with_md5(store, call.bucket, call.object, call.number("generation"))
        call.check_read(item.generation, item.metageneration)
    except NotModified:
        raise
    except HttpError as refusal:
        return PlainTextResponse(refusal.message, refusal.status)
    return answer_media(store, item, call.request, media_headers(item))


def answer_media(store: Store, item: Object, request: Request, headers: dict[str, str]) -> Response:
    """The bytes of `item`: all, or the range asked for; for HEAD only `headers`."""
    path = store.contents.path(item.file)
    if _is_transcoded(item, request, path):
        return _gunzipped(path, headers, head=request.method == "HEAD")
    wanted = request.headers.get("range")
    if request.headers.get("if-range", headers["etag"]) != headers["etag"]:
        wanted = None  # the reader has a part of another version
    window = span(wanted, item.size)
    if window == "outside":
        return Response(status_code=416, headers={"content-range": f"bytes */{item.size}"})
    first, end = (0, item.size) if window == "all" else window
    headers["content-length"] = str(end - first)
    status = 200
    if window != "all":
        status = 206
        headers["content-range"] = f"bytes {first}-{end - 1}/{item.size}"
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers)
    file = path.open("rb")
    file.seek(first)
    return StreamingResponse(_read(file, end - first), status_code=status, headers=headers)


def _is_transcoded(item: Object, request: Request, path: Path) -> bool:
    """Whether stored gzip is to be unpacked: the reader does not take it, and the object does not forbid it."""
    if item.settings.get("contentEncoding") != "gzip" or "gzip" in request.headers.get("accept-encoding", ""):
        return False
    if "no-transform" in item.settings.get("cacheControl", ""):
        return False
    with path.open("rb") as file:
        return file.read(len(GZIP)) == GZIP


def _gunzipped(path: Path, headers: dict[str, str], *, head: bool) -> Response:
    """The bytes unpacked, always all of them; their length is not known beforehand."""
    changed = headers | {"warning": "214 UploadServer gunzipped", "etag": f"W/{headers['etag']}"}
    del changed["content-encoding"], changed["accept-ranges"]
    return Response(headers=changed) if head else StreamingResponse(_unpack(path.open("rb")), headers=changed)


async def _unpack(file: BinaryIO) -> AsyncIterator[bytes]:
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)  # 16: with gzip's header
    with file:
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            data = chunk
            while data:
                yield unpacker.decompress(data, CHUNK)
                data = unpacker.unconsumed_tail
    yield unpacker.flush()


def span(wanted: str | None, size: int) -> tuple[int, int] | Literal["all", "outside"]:
    """Where a Range header begins and ends (exclusive); one that makes no sense asks for all."""
    match = RANGE.fullmatch(wanted) if wanted else None
    if match is None or match.groups() == ("", ""):
        return "all"
    first, last = match.groups()
    if not first:
        return (max(0, size - int(last)), size) if int(last) and size else "outside"
    if last and int(last) < int(first):
        return "all"
    return (int(first), min(int(last) + 1, size) if last else size) if int(first) < size else "outside"


def media_headers(item: Object) -> dict[str, str]:
    """What an answer with an object's bytes says of it."""
    checksums = [f"crc32c={item.crc32c}"] + ([f"md5={item.md5}"] if item.md5 else [])
    headers = {
        "accept-ranges": "bytes",
        "content-type": item.settings.get("contentType", "application/octet-stream"),
        "etag": etag(item.generation, item.metageneration),
        "x-goog-generation": str(item.generation),
        "x-goog-metageneration": str(item.metageneration),
        "x-goog-hash": ",".join(checksums),
        "x-goog-storage-class": item.settings.get("storageClass", "STANDARD"),
        "x-goog-stored-content-length": str(item.size),
        "x-goog-stored-content-encoding": item.settings.get("contentEncoding", "identity"),
    }
    named = {
        "cacheControl": "cache-control",
        "contentDisposition": "content-disposition",
        "contentEncoding": "content-encoding",
        "contentLanguage": "content-language",
    }
    return headers | {header: item.settings[name] for name, header in named.items() if item.settings.get(name)}


async def _read(file: BinaryIO, left: int) -> AsyncIterator[bytes]:
    with file:
        while left:
            chunk = await asyncio.to_thread(file.read, CHUNK) if left > CHUNK else file.read(left)
            if not chunk:
                return
            left -= len(chunk)
            yield chunk
