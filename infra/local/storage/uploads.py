"""Uploads in one request: simple (uploadType=media) and multipart."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from infra.local.rest import HttpService
from infra.local.storage.call import CONDITIONS, Call, json_object
from infra.local.storage.contents import Content
from infra.local.storage.multipart import parts
from infra.local.storage.refusals import invalid
from infra.local.storage.resources import OBJECT_OUTPUT, OBJECT_SETTINGS, check_object_name, settable
from infra.local.storage.resumable import Resumable, sent_checksums
from infra.local.storage.store import Store

PATH = "/upload/storage/v1/b/{bucket}/o"


class Uploads:
    """The operation objects.insert, in its three forms."""

    def __init__(self, store: Store, resumable: Resumable) -> None:
        self._store = store
        self._resumable = resumable

    def offer(self, service: HttpService) -> None:
        """Add the operations to the service."""
        service.route_escaped("objects.insert", "POST", PATH, self.insert)
        service.route_escaped("objects.insert", "PUT", PATH, self._resumable.receive)
        service.route_escaped("objects.insert.cancel", "DELETE", PATH, self._resumable.cancel)

    async def insert(self, request: Request) -> Response:
        """Store an object, or open a resumable upload."""
        call = Call(request, "storage.objects.insert", "uploadType", "name", "contentEncoding", *CONDITIONS)
        match call.parameters.get("uploadType"):
            case "media":
                return await self._simple(call)
            case "multipart":
                return await self._multipart(call)
            case "resumable":
                return await self._resumable.begin(call)
            case other:
                raise invalid(f"Invalid upload type: {other}", ("parameter", "uploadType"))

    async def _simple(self, call: Call) -> Response:
        headers = call.request.headers
        name = check_object_name(call.parameters.get("name"))
        self._store.check(call.bucket, name, call.conditions)
        content = await self._store.contents.store(call.request.stream())
        settings = {"contentType": headers.get("content-type", "application/octet-stream")}
        return await self._insert(call, name, content, settings, {})

    async def _multipart(self, call: Call) -> Response:
        resource, content_type, payload = parts(call.request.headers.get("content-type", ""), await call.body())
        body = json_object(resource)
        name = check_object_name(body.get("name") or call.parameters.get("name"))
        self._store.check(call.bucket, name, call.conditions)
        settings = settable(body, OBJECT_SETTINGS, OBJECT_OUTPUT, "storage.objects")
        settings.setdefault("contentType", content_type)
        given = body.get("md5Hash") or sent_checksums(call.request).get("md5")
        wanted = call.shows_md5() or bool(given)  # which first refuses `fields` that cannot be read
        content = await self._store.contents.put(payload, md5=wanted)
        return await self._insert(call, name, content, settings, body)

    async def _insert(
        self, call: Call, name: str, content: Content, settings: dict[str, Any], body: dict[str, Any]
    ) -> Response:
        if encoding := call.parameters.get("contentEncoding"):
            settings["contentEncoding"] = encoding
        sent = sent_checksums(call.request)
        self._store.verify(content, body.get("md5Hash"), body.get("crc32c"))
        self._store.verify(content, sent.get("md5"), sent.get("crc32c"))
        item = self._store.insert(call.bucket, name, content, settings, call.conditions)
        return await call.answer_object(self._store, item)
