"""MD5s of objects that are stored already: computed when somebody first asks for them, and remembered then.

They cost more than all else that is done to store an object, and few ask.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Sequence
from io import BufferedReader

import msgspec

from infra.local.storage.contents import INLINE, md5_of
from infra.local.storage.meta import Object
from infra.local.storage.store import Store

PORTION = 50  # objects; more are hashed in a thread, and so many remembered at a time: who gives up loses no more


async def with_md5(store: Store, items: Sequence[Object]) -> list[Object]:
    """These objects, as they were found, with their MD5s.

    One whose bytes cannot be read stays without; so does one of many whose bytes go before its turn has come.
    """
    missing = [item for item in items if item.md5 == ""]
    in_thread = len(missing) > PORTION or sum(item.size for item in missing) > INLINE
    found: dict[str, Object] = {}
    for start in range(0, len(missing), PORTION):
        known = await _hashed(store, missing[start : start + PORTION], in_thread=in_thread)
        with contextlib.suppress(sqlite3.Error):  # the disk is full, say: the next one who asks has it computed again
            store.remember_md5s(known)
        found.update((item.file, item) for item in known)
    return [found.get(item.file, item) for item in items]


async def _hashed(store: Store, items: Sequence[Object], *, in_thread: bool) -> list[Object]:
    """Those of a portion that can be read, with their MD5s."""
    with contextlib.ExitStack() as until_hashed:
        files: list[tuple[Object, BufferedReader]] = []
        for item in items:
            with contextlib.suppress(OSError):
                # Once it is open, who deletes the object takes nothing from under its reader.
                files.append((item, until_hashed.enter_context(store.contents.path(item.file).open("rb"))))
        return await asyncio.to_thread(_with_md5s, files) if in_thread else _with_md5s(files)


def _with_md5s(files: Sequence[tuple[Object, BufferedReader]]) -> list[Object]:
    hashed = []
    for item, file in files:
        with contextlib.suppress(OSError):
            hashed.append(msgspec.structs.replace(item, md5=md5_of(file)))
    return hashed


async def object_with_md5(store: Store, bucket: str, name: str, generation: int | None) -> Object:
    """The live object, or the generation asked for, as it is once its MD5 is known; nothing is awaited after that.

    Raises:
        StorageError: 404.
    """
    item = store.object(bucket, name, generation)
    while item.md5 == "":
        (known,) = await with_md5(store, [item])
        item = store.object(bucket, name, generation)
        if item.file == known.file:
            return msgspec.structs.replace(item, md5=known.md5)
    return item
