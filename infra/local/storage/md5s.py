"""MD5s of objects that are stored already: computed when somebody first asks for them, and remembered then.

They cost more than all else that is done to store an object, and few ask.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Sequence

import msgspec

from infra.local.storage.contents import INLINE, md5_of
from infra.local.storage.meta import Object
from infra.local.storage.store import Store


async def with_md5(store: Store, items: Sequence[Object]) -> list[Object]:
    """These objects, as they were found, with their MD5s.

    One of several whose bytes go before their turn has come stays without.
    """
    missing = [item for item in items if item.md5 == ""]
    in_thread = sum(item.size for item in missing) > INLINE
    found: dict[str, Object] = {}
    for item in missing:
        with contextlib.suppress(FileNotFoundError), store.contents.path(item.file).open("rb") as file:
            # It is open: who deletes the object now takes nothing from under its reader.
            md5 = await asyncio.to_thread(md5_of, file) if in_thread else md5_of(file)
            found[item.file] = msgspec.structs.replace(item, md5=md5)
    if found:
        with contextlib.suppress(sqlite3.Error):  # the disk is full, say: the next one who asks has it computed again
            store.remember_md5s(found.values())
    return [found.get(item.file, item) for item in items]


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
