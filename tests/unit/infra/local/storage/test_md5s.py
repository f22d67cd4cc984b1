"""What happens to an object while its MD5 is computed."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.clock import Clock
from infra.local.disk import Disk
from infra.local.faults import Faults
from infra.local.kernel import Kernel
from infra.local.storage.contents import INLINE
from infra.local.storage.md5s import object_with_md5, with_md5
from infra.local.storage.meta import Bucket, Object
from infra.local.storage.preconditions import Conditions
from infra.local.storage.refusals import StorageError
from infra.local.storage.store import Store
from tests.contract.local.storage.checksums import md5

LARGE = os.urandom(INLINE + 1)  # hashed in a thread
ANY = Conditions()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """With a bucket, `b`."""
    disk = Disk(tmp_path)
    store = Store(Kernel(Clock(), disk, Faults()))
    store.meta.put_bucket(Bucket(name="b", project="p", created=1, updated=1))
    yield store
    disk.close()


async def put(store: Store, name: str, data: bytes) -> Object:
    """An object whose MD5 nobody has asked for."""
    return store.insert("b", name, await store.contents.put(data, md5=False), {}, ANY)


async def test_what_is_deleted_meanwhile_stays_deleted(store: Store) -> None:
    """Who began to read it gets its MD5; of those whose turn had not come, some have none."""
    items = [await put(store, name, LARGE) for name in "ab"]
    asking = asyncio.create_task(with_md5(store, items))
    await asyncio.sleep(0)  # the first is open, and a thread reads it
    for name in "ab":
        store.delete("b", name, None, ANY)
    assert [item.md5 for item in await asking] == [md5(LARGE), ""]
    assert list(store.meta.objects("b", "", None, versions=True)) == []
    assert not store.contents.path(items[0].file).exists()


async def test_what_is_changed_meanwhile_keeps_its_change(store: Store) -> None:
    """Nothing but the MD5 is added to it."""
    item = await put(store, "a", LARGE)
    asking = asyncio.create_task(object_with_md5(store, "b", "a", None))
    await asyncio.sleep(0)
    changed = store.change("b", "a", None, ANY, lambda _: {"contentType": "text/css"})
    found = await asking
    assert (found.md5, found.metageneration, found.settings) == (md5(LARGE), 2, {"contentType": "text/css"})
    assert store.object("b", "a") == found
    assert (found.updated, found.generation) == (changed.updated, item.generation)


async def test_what_is_replaced_meanwhile_is_the_new_one(store: Store) -> None:
    """With its own MD5, so that its bytes are there to be read."""
    await put(store, "a", LARGE)
    asking = asyncio.create_task(object_with_md5(store, "b", "a", None))
    await asyncio.sleep(0)
    new = await put(store, "a", b"new")
    found = await asking
    assert (found.generation, found.md5) == (new.generation, md5(b"new"))
    assert store.contents.path(found.file).read_bytes() == b"new"


async def test_what_is_gone_meanwhile_is_not_found(store: Store) -> None:
    """404, as if it had been asked for a moment later."""
    await put(store, "a", LARGE)
    asking = asyncio.create_task(object_with_md5(store, "b", "a", None))
    await asyncio.sleep(0)
    store.delete("b", "a", None, ANY)
    with pytest.raises(StorageError, match="No such object"):
        await asking


async def test_the_loop_goes_on_while_many_small_ones_are_hashed(store: Store) -> None:
    """Where they are large together, each is hashed in a thread."""
    size = INLINE // 8
    items = [await put(store, f"{number}", bytes([number]) * size) for number in range(9)]
    asking = asyncio.create_task(with_md5(store, items))
    await asyncio.sleep(0)
    assert not asking.done()
    assert [item.md5 for item in await asking] == [md5(bytes([number]) * size) for number in range(9)]


async def test_a_full_disk_hinders_nobody_who_asks(store: Store) -> None:
    """The MD5 is given, and computed again for the next one."""
    item = await put(store, "a", b"data")
    database = store.meta._db  # noqa: SLF001 - no disk of the tests is full
    database.execute("PRAGMA query_only = ON")
    assert (await object_with_md5(store, "b", "a", None)).md5 == md5(b"data")
    database.execute("PRAGMA query_only = OFF")
    assert store.object("b", "a") == item
    assert (await object_with_md5(store, "b", "a", None)).md5 == md5(b"data")
    assert store.object("b", "a").md5 == md5(b"data")
