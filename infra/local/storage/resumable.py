"""Resumable uploads: opened, filled in chunks, asked for their state, cancelled; they outlive a restart."""

import asyncio
import re
from typing import Any
from uuid import uuid4

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from infra.local.rest import HttpError
from infra.local.storage.call import CONDITIONS, Call
from infra.local.storage.contents import Incoming
from infra.local.storage.meta import Object
from infra.local.storage.preconditions import Conditions
from infra.local.storage.refusals import StorageError, invalid
from infra.local.storage.resources import OBJECT_OUTPUT, OBJECT_SETTINGS, check_object_name, settable
from infra.local.storage.store import Store

CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")
TAKEN = ("uploadType", "name", "contentEncoding", "upload_id", *CONDITIONS)
LIFE = 7 * 24 * 3600 * 1_000_000  # microseconds until an open upload is forgotten
QUANTUM = 256 * 1024  # bytes; every chunk but the last is a multiple


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """An open upload: what its object will be."""

    id: str
    created: int  # microseconds since the epoch
    bucket: str
    name: str
    settings: dict[str, Any]
    conditions: Conditions
    md5: str | None
    crc32c: str | None
    done: Object | None = None  # once it has ended, so that a lost answer can be asked for again


class Resumable:
    """The open uploads; the bytes of each are in a file of its id, and that file's size is how far it is."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._incoming: dict[str, Incoming] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        for upload_id in store.meta.uploads():
            if self._upload(upload_id) is None:
                self._forget(upload_id)

    async def begin(self, call: Call) -> Response:
        """Open an upload; its address is in the header Location."""
        headers = call.request.headers
        body = await call.json()
        name = check_object_name(body.get("name") or call.parameters.get("name"))
        settings = settable(body, OBJECT_SETTINGS, OBJECT_OUTPUT, "storage.objects")
        settings.setdefault("contentType", headers.get("x-upload-content-type", "application/octet-stream"))
        if encoding := call.parameters.get("contentEncoding"):
            settings["contentEncoding"] = encoding
        upload_id = self.open(
            Upload(
                id=uuid4().hex,
                created=self._store.clock.now(),
                bucket=call.bucket,
                name=name,
                settings=settings,
                conditions=call.conditions,
                md5=body.get("md5Hash"),
                crc32c=body.get("crc32c"),
            )
        )
        query = f"uploadType=resumable&upload_id={upload_id}"
        location = f"{call.base}/upload/storage/v1/b/{call.bucket}/o?{query}"
        return Response(status_code=200, headers={"location": location, "x-guploader-uploadid": upload_id})

    def open(self, upload: Upload) -> str:
        """Begin an upload; gives its id.

        Raises:
            StorageError: 404 for the bucket, 412, or 403 when the object is held.
        """
        self._store.check(upload.bucket, upload.name, upload.conditions)
        with self._store.meta.transaction():
            self._store.meta.put_upload(upload.id, msgspec.json.encode(upload))
        return upload.id

    async def receive(self, request: Request) -> Response:
        """Take a chunk, or say how far the upload is; the last chunk makes the object."""
        call = Call(request, "storage.objects.insert", *TAKEN)
        upload_id = call.parameters.get("upload_id", "")
        async with self._locks.setdefault(upload_id, asyncio.Lock()):
            upload = self._open(upload_id)
            if upload.done:
                return await call.answer_object(self._store, upload.done)
            incoming = await self._file(upload)
            stated = request.headers.get("content-range", "")
            first, last, total = _content_range(stated) if stated else (0, None, None)
            if not stated:
                incoming = await self._anew(upload)
            if not stated or last is not None:
                try:
                    await _append(incoming, request, first, last, total)
                finally:
                    incoming.pause()
            if stated and incoming.size != total:
                headers = {"range": f"bytes=0-{incoming.size - 1}"} if incoming.size else {}
                return Response(status_code=308, headers={**headers, "x-guploader-uploadid": upload_id})
            return await call.answer_object(self._store, self._finish(upload, incoming, request))

    async def cancel(self, request: Request) -> Response:
        """Give an upload up; the answer is 499, as the real one's."""
        call = Call(request, "storage.objects.insert", *TAKEN)
        upload = self._open(call.parameters.get("upload_id", ""))
        self._forget(upload.id)
        return Response(status_code=499)

    def _open(self, upload_id: str) -> Upload:
        upload = self._upload(upload_id)
        if upload is None:
            raise StorageError(404, "The upload session was not found: it has expired or was cancelled.", "notFound")
        return upload

    def _upload(self, upload_id: str) -> Upload | None:
        record = self._store.meta.upload(upload_id)
        upload = msgspec.json.decode(record, type=Upload) if record else None
        return None if upload is None or self._store.clock.now() - upload.created > LIFE else upload

    async def _file(self, upload: Upload) -> Incoming:
        if upload.id not in self._incoming:
            self._incoming[upload.id] = await asyncio.to_thread(self._store.contents.incoming, upload.id)
        return self._incoming[upload.id]

    async def _anew(self, upload: Upload) -> Incoming:
        self._incoming.pop(upload.id).discard()
        return await self._file(upload)

    def _finish(self, upload: Upload, incoming: Incoming, request: Request) -> Object:
        """Make the object; whatever refuses it ends the upload.

        Until the object and the end of the upload are on the disk, in one step, the bytes stay where they came in.
        """
        store = self._store
        content = store.contents.keep(incoming, stays=True)
        sent = sent_checksums(request)
        try:
            store.verify(content, upload.md5, upload.crc32c)
            store.verify(content, sent.get("md5"), sent.get("crc32c"))
            with store.meta.transaction():
                item = store.insert(upload.bucket, upload.name, content, upload.settings, upload.conditions)
                store.meta.put_upload(upload.id, msgspec.json.encode(msgspec.structs.replace(upload, done=item)))
        except HttpError:
            self._forget(upload.id)
            raise
        self._incoming.pop(upload.id).discard()
        return item

    def _forget(self, upload_id: str) -> None:
        with self._store.meta.transaction():
            self._store.meta.delete_upload(upload_id)
        if incoming := self._incoming.pop(upload_id, None):
            incoming.discard()
        self._store.contents.forget_incoming(upload_id)
        self._locks.pop(upload_id, None)


async def _append(incoming: Incoming, request: Request, first: int, last: int | None, total: int | None) -> None:
    """Append the body, which begins at byte `first`; what is there already is passed over."""
    if first > incoming.size:
        raise invalid(
            f"Invalid request.  According to the Content-Range header, the upload offset is {first} byte(s),"
            f" which exceeds already uploaded size of {incoming.size} byte(s)."
        )
    length = None if last is None else last + 1 - first
    if length is not None and length % QUANTUM and (total is None or last != total - 1):
        raise invalid(
            f"Invalid request.  The number of bytes uploaded is required to be equal or greater than {QUANTUM}, except"
            " for the final request (it's recommended to be the exact multiple of 262144).  The received request"
            f" contained {length} bytes, which does not meet this requirement."
        )
    at = first
    async for chunk in request.stream():
        new = chunk[max(0, incoming.size - at) :]
        at += len(chunk)
        if length is not None and at - first > length:
            raise invalid(f"Invalid request.  There were more than {length} byte(s) in the request body.")
        if new:
            await incoming.write(new)
    if length is not None and at - first < length:
        raise invalid(f"Invalid request.  There were {at - first} byte(s) in the request body, not {length}.")


def _content_range(text: str) -> tuple[int, int | None, int | None]:
    """First byte, last byte (None: a question) and total (None: not known yet) of a Content-Range header."""
    match = CONTENT_RANGE.fullmatch(text)
    if match is None:
        raise invalid(f"Failed to parse Content-Range header: {text}")
    first, last, total = match.groups()
    span = (int(first or 0), int(last) if last else None, None if total == "*" else int(total))
    if span[1] is not None and (span[1] < span[0] or (span[2] is not None and span[1] >= span[2])):
        raise invalid(f"Failed to parse Content-Range header: {text}")
    return span


def sent_checksums(request: Request) -> dict[str, str]:
    """The checksums of the whole object in X-Goog-Hash and Content-MD5: name → base64."""
    listed = ",".join(request.headers.getlist("x-goog-hash")).split(",")
    found = dict(entry.strip().split("=", 1) for entry in listed if "=" in entry)
    if "content-md5" in request.headers:
        found.setdefault("md5", request.headers["content-md5"])
    return found
