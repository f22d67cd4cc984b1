"""Objects: get, patch, update, delete."""

from starlette.requests import Request
from starlette.responses import Response

from infra.local.rest import HttpService
from infra.local.storage.call import CONDITIONS, Call
from infra.local.storage.downloads import media
from infra.local.storage.merge import merged
from infra.local.storage.resources import OBJECT_OUTPUT, OBJECT_SETTINGS, settable
from infra.local.storage.store import Store

PATH = "/storage/v1/b/{bucket}/o/{object}"


class Objects:
    """The operations on one object."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def offer(self, service: HttpService) -> None:
        """Add the operations to the service."""
        service.route_escaped("objects.get", "GET", PATH, self.get)
        service.route_escaped("objects.get", "GET", f"/download{PATH}", self.get)
        service.route_escaped("objects.patch", "PATCH", PATH, self.patch)
        service.route_escaped("objects.update", "PUT", PATH, self.update)
        service.route_escaped("objects.delete", "DELETE", PATH, self.delete)

    async def get(self, request: Request) -> Response:
        """An object's resource, or with alt=media its bytes."""
        call = Call(request, "storage.objects.get", "generation", *CONDITIONS)
        if call.parameters.get("alt") == "media":
            return await media(self._store, call)
        item = self._store.object(call.bucket, call.object, call.number("generation"))
        call.check_read(item.generation, item.metageneration)
        return await call.answer_object(self._store, item)

    async def patch(self, request: Request) -> Response:
        """Change the settings given; null removes."""
        call = Call(request, "storage.objects.patch", "generation", *CONDITIONS)
        body = await call.json()
        settable(body, OBJECT_SETTINGS, OBJECT_OUTPUT, "storage.objects")
        known = {name: value for name, value in body.items() if name in OBJECT_SETTINGS}
        generation = call.number("generation")
        item = self._store.change(call.bucket, call.object, generation, call.conditions, lambda old: merged(old, known))
        return await call.answer_object(self._store, item)

    async def update(self, request: Request) -> Response:
        """Replace the settings by those given."""
        call = Call(request, "storage.objects.update", "generation", *CONDITIONS)
        given = settable(await call.json(), OBJECT_SETTINGS, OBJECT_OUTPUT, "storage.objects")
        generation = call.number("generation")
        item = self._store.change(call.bucket, call.object, generation, call.conditions, lambda _: given)
        return await call.answer_object(self._store, item)

    async def delete(self, request: Request) -> Response:
        """Delete an object, or one generation of it."""
        call = Call(request, "storage.objects.delete", "generation", *CONDITIONS)
        self._store.delete(call.bucket, call.object, call.number("generation"), call.conditions)
        return Response(status_code=204)
