"""Objects at `/bucket/object`, as signed URLs address them: GET, HEAD, PUT, DELETE, and POST to open an upload."""

from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import Response

from infra.local.rest import HttpError, HttpService
from infra.local.storage.accounts import Accounts
from infra.local.storage.cors import allowed, allowed_beforehand
from infra.local.storage.downloads import answer_media
from infra.local.storage.md5s import object_with_md5
from infra.local.storage.refusals import unimplemented
from infra.local.storage.resources import check_object_name
from infra.local.storage.resumable import Resumable, Upload, sent_checksums
from infra.local.storage.signing import is_signed, signer
from infra.local.storage.store import Store
from infra.local.storage.xml import XmlError, object_headers, translated
from infra.local.storage.xml_requests import (
    SETTINGS,
    bounded,
    check,
    conditions,
    generation,
    length_range,
    names,
    settings,
)

PATH = "/{bucket}/{object:path}"
OVERRIDES = ("content-type", "content-disposition", "content-encoding", "content-language", "cache-control")
# Headers that are acted upon, or that change nothing here.
TAKEN = frozenset({
    *SETTINGS, "x-goog-content-length-range", "x-goog-content-sha256", "x-goog-hash", "x-goog-resumable",
    "x-goog-if-generation-match", "x-goog-if-metageneration-match",
    "x-goog-api-client", "x-goog-date", "x-goog-gcs-idempotency-token", "x-goog-user-project",
})  # fmt: skip
QUERY = frozenset({"generation", "userproject", "upload_id", *(f"response-{name}" for name in OVERRIDES)})
PERMISSIONS = {"GET": "get", "HEAD": "get", "PUT": "create", "POST": "create", "DELETE": "delete"}


class XmlObjects:
    """The operations of the XML API on one object."""

    def __init__(self, store: Store, accounts: Accounts, resumable: Resumable) -> None:
        self._store = store
        self._accounts = accounts
        self._resumable = resumable

    def offer(self, service: HttpService) -> None:
        """Add the operations to the service; behind all others, for their path takes everything."""
        for name, verb, answer in (
            ("get", "GET", self.get),
            ("head", "HEAD", self.get),
            ("put", "PUT", self.put),
            ("post", "POST", self.post),
            ("delete", "DELETE", self.delete),
        ):
            service.route_escaped(f"xml.objects.{name}", verb, PATH, self._guarded(answer))
        service.route_escaped("cors.preflight", "OPTIONS", PATH, self.preflight)

    def _guarded(self, answer: Any) -> Any:
        """`answer` for those who may, with refusals in XML, and with the bucket's CORS headers on both."""

        async def guarded(request: Request) -> Response:
            try:
                self._authorize(request)
                response: Response = await answer(request)
            except HttpError as refusal:
                response = translated(refusal).response()
            bucket = self._store.meta.bucket(request.path_params["bucket"])
            response.headers.update(allowed(bucket, request.headers, request.method))
            return response

        return guarded

    def _authorize(self, request: Request) -> None:
        signed = is_signed(request)
        for name in request.query_params:
            if name.lower() not in QUERY and not name.lower().startswith("x-goog-"):
                raise unimplemented(f"parameter {name} of the XML API")
        for name in request.headers:
            if name.startswith("x-goog-") and name not in TAKEN and not name.startswith("x-goog-meta-"):
                raise unimplemented(f"header {name} of the XML API")
        resource = f"{request.path_params['bucket']}/{request.path_params['object']}"
        if signed:
            email = signer(request, self._accounts, self._store.clock.now())
            self._permit(email, f"storage.objects.{PERMISSIONS[request.method]}", resource)
            replaced = self._store.meta.object(request.path_params["bucket"], request.path_params["object"])
            if request.method == "PUT" and replaced:
                self._permit(email, "storage.objects.delete", resource)
        elif "authorization" not in request.headers and "upload_id" not in request.query_params:
            permission = f"storage.objects.{PERMISSIONS[request.method]}"
            raise _denied("Anonymous caller", permission)

    def _permit(self, email: str, permission: str, resource: str) -> None:
        if not self._accounts.may(email, permission, resource):
            raise _denied(email, permission)

    async def preflight(self, request: Request) -> Response:
        """Say what the bucket's configuration lets a browser do."""
        bucket = self._store.meta.bucket(request.path_params["bucket"])
        return Response(headers=allowed_beforehand(bucket, request.headers))

    async def get(self, request: Request) -> Response:
        """An object's bytes, or for HEAD only its headers."""
        item = await object_with_md5(self._store, *names(request), generation(request))
        check(request, item)
        overrides = {
            name: request.query_params[f"response-{name}"]
            for name in OVERRIDES
            if f"response-{name}" in request.query_params
        }
        headers = object_headers(item) | overrides
        response = answer_media(self._store, item, request, headers)
        if response.status_code == 416:  # noqa: PLR2004 - the range is outside
            raise XmlError(416, "InvalidRange", "The requested range cannot be satisfied.")
        return response

    async def put(self, request: Request) -> Response:
        """Store an object, or a chunk of an upload that POST opened."""
        if "upload_id" in request.query_params:
            return await self._resumable.receive(request)
        bucket, name = names(request)
        under = conditions(request)
        shortest, longest = length_range(request)
        self._store.check(bucket, check_object_name(name), under)
        content = await self._store.contents.store(bounded(request, longest))
        sent = sent_checksums(request)
        if content.size < shortest:
            self._store.contents.remove(content.file)
            raise XmlError(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size.")
        self._store.verify(content, sent.get("md5"), sent.get("crc32c"))
        item = self._store.insert(bucket, name, content, settings(request), under)
        kept = {n: v for n, v in object_headers(item).items() if n == "etag" or n.startswith("x-goog-")}
        return Response(status_code=200, headers=kept)

    async def post(self, request: Request) -> Response:
        """Open a resumable upload; its address is in the header Location."""
        if request.headers.get("x-goog-resumable") != "start":
            raise unimplemented("POST of the XML API without x-goog-resumable: start")
        if "x-goog-content-length-range" in request.headers:
            raise unimplemented("x-goog-content-length-range of a resumable upload")
        bucket, name = names(request)
        upload = Upload(
            id=uuid4().hex,
            created=self._store.clock.now(),
            bucket=bucket,
            name=check_object_name(name),
            settings=settings(request),
            conditions=conditions(request),
            md5=None,
            crc32c=None,
        )
        self._resumable.open(upload)
        path = request.scope["raw_path"].decode("latin-1")
        location = f"{request.url.scheme}://{request.url.netloc}{path}?upload_id={upload.id}"
        return Response(status_code=201, headers={"location": location, "x-guploader-uploadid": upload.id})

    async def delete(self, request: Request) -> Response:
        """Delete an object, or one generation of it; an open upload is given up."""
        if "upload_id" in request.query_params:
            return await self._resumable.cancel(request)
        self._store.delete(*names(request), generation(request), conditions(request))
        return Response(status_code=204)


def _denied(who: str, permission: str) -> XmlError:
    details = (
        f"{who} does not have {permission} access to the Google Cloud Storage object."
        f" Permission '{permission}' denied on resource (or it may not exist)."
    )
    return XmlError(403, "AccessDenied", "Access denied.", Details=details)
