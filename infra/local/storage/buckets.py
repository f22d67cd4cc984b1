"""Buckets: create, get, list, update, patch, delete."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infra.local.rest import HttpService
from infra.local.storage.call import Call
from infra.local.storage.fields import partial
from infra.local.storage.lifecycle import check_lifecycle
from infra.local.storage.merge import merged
from infra.local.storage.meta import Bucket
from infra.local.storage.refusals import StorageError
from infra.local.storage.resources import (
    BUCKET_OUTPUT,
    BUCKET_SETTINGS,
    bucket_resource,
    check_bucket_name,
    settable,
)
from infra.local.storage.store import Store

PAGE = 1000
MULTI_REGIONS = ("ASIA", "EU", "US")
FIXED = ("location", "locationType")  # for good, once the bucket is made
METAGENERATION = ("ifMetagenerationMatch", "ifMetagenerationNotMatch")


class Buckets:
    """The operations on buckets."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def offer(self, service: HttpService) -> None:
        """Add the operations to the service."""
        service.route_escaped("buckets.insert", "POST", "/storage/v1/b", self.insert)
        service.route_escaped("buckets.list", "GET", "/storage/v1/b", self.page)
        service.route_escaped("buckets.get", "GET", "/storage/v1/b/{bucket}", self.get)
        service.route_escaped("buckets.patch", "PATCH", "/storage/v1/b/{bucket}", self.patch)
        service.route_escaped("buckets.update", "PUT", "/storage/v1/b/{bucket}", self.update)
        service.route_escaped("buckets.delete", "DELETE", "/storage/v1/b/{bucket}", self.delete)

    async def insert(self, request: Request) -> Response:
        """Create a bucket; 409 when it exists."""
        call = Call(request, "storage.buckets.insert", "project")
        body = await call.json()
        name = check_bucket_name(body.get("name"))
        settings = _settings(body)
        settings["location"] = str(settings.get("location", "US")).upper()
        settings["locationType"] = "multi-region" if settings["location"] in MULTI_REGIONS else "region"
        meta = self._store.meta
        with meta.transaction():
            if meta.bucket(name):
                text = "Your previous request to create the named bucket succeeded and you already own it."
                raise StorageError(409, text, "conflict")
            now = self._store.clock.tick()
            project = call.parameters.get("project", "")
            bucket = Bucket(name=name, project=project, created=now, updated=now, settings=settings)
            meta.put_bucket(bucket)
        return call.answer_bucket(bucket)

    async def page(self, request: Request) -> Response:
        """A page of a project's buckets by name."""
        call = Call(request, "storage.buckets.list", "project", "maxResults", "pageToken", "prefix")
        limit = min(call.number("maxResults") or PAGE, PAGE)
        prefix, after = call.parameters.get("prefix", ""), call.parameters.get("pageToken", "")
        found = self._store.meta.buckets(call.parameters.get("project", ""), after, -1)
        matching = [bucket for bucket in found if bucket.name.startswith(prefix)]
        page: dict[str, Any] = {"kind": "storage#buckets"}
        if matching:
            page["items"] = [bucket_resource(bucket, call.base) for bucket in matching[:limit]]
        if len(matching) > limit:
            page["nextPageToken"] = matching[limit - 1].name
        mask = call.parameters.get("fields")
        return JSONResponse(partial(page, mask) if mask else page)

    async def get(self, request: Request) -> Response:
        """A bucket's resource."""
        call = Call(request, "storage.buckets.get", *METAGENERATION)
        bucket = self._store.bucket(call.bucket)
        call.check_read(0, bucket.metageneration)
        return call.answer_bucket(bucket)

    async def patch(self, request: Request) -> Response:
        """Change the settings given, deep; null removes."""
        call = Call(request, "storage.buckets.patch", *METAGENERATION)
        return await self._change(call, replace=False)

    async def update(self, request: Request) -> Response:
        """Replace the settings by those given; where the bucket is, stays."""
        call = Call(request, "storage.buckets.update", *METAGENERATION)
        return await self._change(call, replace=True)

    async def _change(self, call: Call, *, replace: bool) -> Response:
        body = await call.json()
        given = _settings(body)
        meta = self._store.meta
        with meta.transaction():
            bucket = self._store.bucket(call.bucket)
            call.conditions.check(0, bucket.metageneration)
            fixed: dict[str, Any] = {name: bucket.settings[name] for name in FIXED if name in bucket.settings}
            known = {name: value for name, value in body.items() if name in BUCKET_SETTINGS}
            settings = {**given, **fixed} if replace else {**merged(bucket.settings, known), **fixed}
            bucket = msgspec.structs.replace(
                bucket,
                settings=settings,
                metageneration=bucket.metageneration + 1,
                updated=self._store.clock.tick(),
            )
            meta.put_bucket(bucket)
        return call.answer_bucket(bucket)

    async def delete(self, request: Request) -> Response:
        """Delete an empty bucket; 409 when it is not."""
        call = Call(request, "storage.buckets.delete", *METAGENERATION)
        meta = self._store.meta
        with meta.transaction():
            bucket = self._store.bucket(call.bucket)
            call.conditions.check(0, bucket.metageneration)
            if meta.holds_objects(bucket.name):
                raise StorageError(409, "The bucket you tried to delete is not empty.", "conflict")
            meta.delete_bucket(bucket.name)
        return Response(status_code=204)


def _settings(body: dict[str, Any]) -> dict[str, Any]:
    settings = settable(body, BUCKET_SETTINGS, BUCKET_OUTPUT, "storage.buckets")
    check_lifecycle(settings.get("lifecycle") or {})
    return settings
