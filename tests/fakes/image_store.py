"""A bucket in a dictionary."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from shared.ports import StoredObject
from tests.fakes.failures import Failures

BUCKET = "fake-bucket"


@dataclass(frozen=True)
class FakeObject:
    """One object, with all that it was stored with."""

    data: bytes
    mime_type: str
    token: str
    metadata: dict[str, str]
    generation: int


class FakeImageStore:
    """An ImageStore whose objects have generations, as those of Cloud Storage."""

    def __init__(self) -> None:
        self.failures = Failures()
        self.objects: dict[str, FakeObject] = {}
        self._generation = 0

    def uri(self, name: str) -> str:
        """See ImageStore.uri."""
        return f"gs://{BUCKET}/{name}"

    async def put(self, name: str, data: bytes, mime_type: str, *, token: str, metadata: dict[str, str]) -> str:
        """See ImageStore.put."""
        await self._begun("put")
        if name not in self.objects or self.objects[name].token != token:
            self._generation += 1
            self.objects[name] = FakeObject(data, mime_type, token, dict(metadata), self._generation)
        self.failures.after("put")
        return self.uri(name)

    async def copy(self, uri: str, name: str, *, token: str, metadata: dict[str, str]) -> str | None:
        """See ImageStore.copy."""
        await self._begun("copy")
        original = self.objects.get(_name(uri))
        if original is None:
            return None
        return await self.put(name, original.data, original.mime_type, token=token, metadata=metadata)

    async def get(self, uri: str) -> bytes | None:
        """See ImageStore.get."""
        await self._begun("get")
        found = self.objects.get(_name(uri))
        return found.data if found else None

    async def list_objects(self, prefix: str) -> Sequence[StoredObject]:
        """See ImageStore.list_objects."""
        await self._begun("list_objects")
        return [
            StoredObject(name, found.generation, found.token)
            for name, found in sorted(self.objects.items())
            if name.startswith(prefix)
        ]

    async def delete(self, found: StoredObject) -> None:
        """See ImageStore.delete."""
        await self._begun("delete")
        if found.name in self.objects and self.objects[found.name].generation == found.generation:
            del self.objects[found.name]

    async def signed_url(self, uri: str, *, seconds: int, download_as: str | None = None, anew: bool = False) -> str:
        """See ImageStore.signed_url; `open_url` opens it."""
        await self._begun("signed_url")
        named = f"&as={download_as}" if download_as else ""
        return f"https://fake.test/{_name(uri)}?seconds={seconds}{named}" + ("&anew" if anew else "")

    def open_url(self, url: str) -> bytes:
        """What a browser would get at a signed URL."""
        return self.objects[url.removeprefix("https://fake.test/").partition("?")[0]].data

    async def _begun(self, method: str) -> None:
        await asyncio.sleep(0)
        self.failures.before(method)


def _name(uri: str) -> str:
    return uri.removeprefix(f"gs://{BUCKET}/")
