"""New objects out of old ones: copyTo, rewriteTo, moveTo, compose."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from infra.local.rest import HttpService
from infra.local.storage.call import CONDITIONS, Call
from infra.local.storage.contents import Content
from infra.local.storage.meta import Object
from infra.local.storage.preconditions import Conditions
from infra.local.storage.refusals import invalid, no_object, unimplemented
from infra.local.storage.resources import (
    OBJECT_OUTPUT,
    OBJECT_SETTINGS,
    check_object_name,
    settable,
)
from infra.local.storage.store import Store

SOURCE = "/storage/v1/b/{bucket}/o/{object}"
TARGET = "b/{target_bucket}/o/{target}"
SOURCE_CONDITIONS = tuple(f"ifSource{name.removeprefix('if')}" for name in sorted(CONDITIONS))
MOST_SOURCES = 32  # of one compose, as documented
CHUNK = 1 << 20  # bytes read at once


class SourcePreconditions(msgspec.Struct, forbid_unknown_fields=True):
    """What must be true of a source of compose."""

    ifGenerationMatch: int | None = None  # noqa: N815 - the API's name


class Component(msgspec.Struct, forbid_unknown_fields=True):
    """A source of compose."""

    name: str
    generation: int | None = None
    objectPreconditions: SourcePreconditions = msgspec.field(default_factory=SourcePreconditions)  # noqa: N815


class Copies:
    """The operations that make objects of others; bytes are linked, not copied."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def offer(self, service: HttpService) -> None:
        """Add the operations to the service."""
        service.route_escaped("objects.copy", "POST", f"{SOURCE}/copyTo/{TARGET}", self.copy)
        service.route_escaped("objects.rewrite", "POST", f"{SOURCE}/rewriteTo/{TARGET}", self.rewrite)
        service.route_escaped("objects.move", "POST", f"{SOURCE}/moveTo/o/{{target}}", self.move)
        service.route_escaped("objects.compose", "POST", f"{SOURCE}/compose", self.compose)

    async def copy(self, request: Request) -> Response:
        """Copy an object; the answer is the new one."""
        call = Call(request, "storage.objects.copy", "sourceGeneration", *CONDITIONS, *SOURCE_CONDITIONS)
        return await call.answer_object(self._store, await self._copy(call))

    async def rewrite(self, request: Request) -> Response:
        """Copy an object in as many calls as it takes: here always one."""
        call = Call(request, "storage.objects.rewrite", "sourceGeneration", *CONDITIONS, *SOURCE_CONDITIONS)
        item = await self._copy(call)
        (resource,) = await call.resources(self._store, [item], "resource")
        return call.answer(
            {
                "kind": "storage#rewriteResponse",
                "totalBytesRewritten": str(item.size),
                "objectSize": str(item.size),
                "done": True,
                "resource": resource,
            }
        )

    async def _copy(self, call: Call) -> Object:
        """A body with metadata replaces all of the source's; an empty one keeps it."""
        given = settable(await call.json(), OBJECT_SETTINGS, OBJECT_OUTPUT, "storage.objects")
        source = self._source(call, call.number("sourceGeneration"))
        only_class = not given or set(given) == {"storageClass"}
        settings = {**source.settings, **given} if only_class else given
        names = call.request.path_params
        target_bucket, target = names["target_bucket"], check_object_name(names["target"])
        self._store.check(target_bucket, target, call.conditions)
        content = Content(self._store.contents.link(source.file), source.size, source.crc32c, source.md5 or "")
        return self._store.insert(
            target_bucket, target, content, settings, call.conditions, components=source.components
        )

    def _source(self, call: Call, generation: int | None) -> Object:
        source = self._store.object(call.bucket, call.object, generation)
        Conditions.of(call.parameters, "ifSource{}").check(source.generation, source.metageneration)
        return source

    async def move(self, request: Request) -> Response:
        """Rename an object within its bucket, in one step."""
        call = Call(request, "storage.objects.move", *CONDITIONS, *SOURCE_CONDITIONS)
        target = check_object_name(request.path_params["target"])
        source_conditions = Conditions.of(call.parameters, "ifSource{}")
        source = self._store.object(call.bucket, call.object)
        content = Content(self._store.contents.link(source.file), source.size, source.crc32c, source.md5 or "")
        item = self._store.insert(
            call.bucket,
            target,
            content,
            source.settings,
            call.conditions,
            components=source.components,
            moved=(source, source_conditions),
        )
        return await call.answer_object(self._store, item)

    async def compose(self, request: Request) -> Response:
        """Make one object of up to 32, their bytes one after the other."""
        call = Call(request, "storage.objects.compose", *CONDITIONS)
        body = await call.json()
        if unknown := set(body) - {"kind", "sourceObjects", "destination"}:
            raise unimplemented(f"field {min(unknown)} of storage.objects.compose")
        name = check_object_name(call.object)
        settings = settable(body.get("destination") or {}, OBJECT_SETTINGS, OBJECT_OUTPUT, "storage.objects")
        self._store.check(call.bucket, name, call.conditions)
        try:
            components = msgspec.convert(body.get("sourceObjects") or [], list[Component], strict=False)
        except msgspec.ValidationError as exc:
            raise invalid(f"Invalid value for field sourceObjects: {exc}") from exc
        sources = [self._component(call.bucket, component) for component in components]
        if not 1 <= len(sources) <= MOST_SOURCES:
            raise invalid(f"The number of source components provided ({len(sources)}) must be 1 to {MOST_SOURCES}")
        settings.setdefault("contentType", sources[0].settings.get("contentType", "application/octet-stream"))
        count = sum(source.components or 1 for source in sources)
        content = await self._store.contents.store(self._bytes(sources))
        item = self._store.insert(call.bucket, name, content, settings, call.conditions, components=count)
        return await call.answer_object(self._store, item)

    def _component(self, bucket: str, component: Component) -> Object:
        source = self._store.object(bucket, component.name, component.generation or None)
        wanted = component.objectPreconditions.ifGenerationMatch
        Conditions(generation_match=wanted).check(source.generation, 0)
        return source

    async def _bytes(self, sources: list[Object]) -> AsyncIterator[bytes]:
        for source in sources:
            try:
                file = self._store.contents.path(source.file).open("rb")
            except FileNotFoundError as exc:  # deleted while others were read
                raise no_object(source.bucket, source.name) from exc
            with file:
                while chunk := await asyncio.to_thread(file.read, CHUNK):
                    yield chunk
