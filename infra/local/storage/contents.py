"""The bytes of objects: files that appear whole or not at all."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from io import BufferedIOBase, BufferedReader
from pathlib import Path
from typing import Any
from uuid import uuid4

import google_crc32c
import msgspec

INLINE = 3 << 19  # bytes; more is written and hashed in a thread, so that the loop goes on


class Content(msgspec.Struct, frozen=True):
    """Bytes that are on the disk: their file, size, and checksums in base64; an empty md5 is not computed yet."""

    file: str
    size: int
    crc32c: str
    md5: str


class Incoming:
    """Bytes on their way in: a temporary file, hashed as it grows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._crc32c: Any = google_crc32c.Checksum()  # type: ignore[no-untyped-call]
        self._md5 = hashlib.md5(usedforsecurity=False)
        self.size = 0
        self._file: BufferedIOBase = path.open("a+b")
        self._file.seek(0)
        while chunk := self._file.read(INLINE):  # what came in before this process was started
            self._hash(chunk)

    def _hash(self, chunk: bytes) -> None:
        self._crc32c.update(chunk)
        self._md5.update(chunk)
        self.size += len(chunk)

    def _append(self, chunk: bytes) -> None:
        if self._file.closed:
            self._file = self._path.open("ab")
        self._file.write(chunk)
        self._hash(chunk)

    async def write(self, chunk: bytes) -> None:
        """Append a chunk."""
        if len(chunk) > INLINE:
            await asyncio.to_thread(self._append, chunk)
        else:
            self._append(chunk)

    def pause(self) -> None:
        """Close the file until more comes in; what was written outlives this process."""
        self._file.close()

    def discard(self) -> None:
        """Remove it."""
        self._file.close()
        self._path.unlink(missing_ok=True)

    def finish(self, target: Path, *, stays: bool) -> Content:
        """Close it and give it its name for good; with `stays`, beside the one it came in under."""
        self._file.close()
        if stays:
            target.hardlink_to(self._path)
        else:
            self._path.rename(target)
        return _content(target.name, self.size, self._crc32c.digest(), self._md5.digest())


class Contents:
    """The folder of the service: what records own in `objects/` is whole, `incoming/` is not yet."""

    def __init__(self, folder: Path) -> None:
        self._objects = folder / "objects"
        self._incoming = folder / "incoming"
        for path in (self._objects, self._incoming):
            path.mkdir(parents=True, exist_ok=True)

    def incoming(self, name: str | None = None) -> Incoming:
        """A file to write to; named when it is to be found again, and then gone on with."""
        return Incoming(self._incoming / (name or uuid4().hex))

    def forget_incoming(self, name: str) -> None:
        """Remove what has come in under `name`."""
        (self._incoming / name).unlink(missing_ok=True)

    def keep(self, incoming: Incoming, *, stays: bool = False) -> Content:
        """Give bytes that came in whole their place; what `stays` is forgotten by its name."""
        return incoming.finish(self._objects / uuid4().hex, stays=stays)

    async def put(self, data: bytes, *, md5: bool) -> Content:
        """Write and hash bytes that are here as a whole; without an MD5 where nobody asks for it."""
        return await asyncio.to_thread(self._put, data, md5) if len(data) > INLINE else self._put(data, md5)

    def _put(self, data: bytes, md5: bool) -> Content:  # noqa: FBT001 - for a thread
        # In its place at once: until a record owns it, nobody reads it, and the next start would sweep it away.
        name = uuid4().hex
        path = f"{self._objects}/{name}"
        try:
            with open(path, "xb") as file:  # noqa: PTH123 - a Path costs as much again as opening
                file.write(data)
        except BaseException:
            self.remove(name)
            raise
        crc32c = google_crc32c.value(data).to_bytes(4, "big")
        return _content(name, len(data), crc32c, hashlib.md5(data, usedforsecurity=False).digest() if md5 else b"")

    async def store(self, chunks: AsyncIterator[bytes]) -> Content:
        """Write and hash all of `chunks`; nothing is left behind when they break off."""
        incoming = self.incoming()
        try:
            async for chunk in chunks:
                await incoming.write(chunk)
        except BaseException:
            incoming.discard()
            raise
        return self.keep(incoming)

    def path(self, file: str) -> Path:
        """Where the bytes of an object are."""
        return self._objects / file

    def link(self, file: str) -> str:
        """The same bytes once more, under a name of their own; they are not copied."""
        name = uuid4().hex
        (self._objects / name).hardlink_to(self._objects / file)
        return name

    def remove(self, file: str) -> None:
        """Delete the bytes of an object; who is reading them reads on."""
        self.path(file).unlink(missing_ok=True)

    def sweep(self, owned: set[str], uploads: set[str]) -> None:
        """Delete what a process that was killed left without an owner."""
        for folder, keep in ((self._objects, owned), (self._incoming, uploads)):
            for path in folder.iterdir():
                if path.name not in keep:
                    path.unlink()


def md5_of(file: BufferedReader) -> str:
    """The MD5 of an open file's bytes, in base64."""
    return base64.b64encode(hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).digest()).decode()


def _content(file: str, size: int, crc32c: bytes, md5: bytes) -> Content:
    return Content(file, size, base64.b64encode(crc32c).decode(), base64.b64encode(md5).decode())
