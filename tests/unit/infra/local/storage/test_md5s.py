"""What happens to an object while its MD5 is computed."""

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.clock import Clock
from infra.local.disk import Disk
from infra.local.faults import Faults
from infra.local.kernel import Kernel
from infra.local.storage.contents import INLINE
from infra.local.storage.md5s import PORTION, object_with_md5, with_md5
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
    items = [await put(store, f"{number:02}", b"data") for number in range(PORTION + 1)]
    asking = asyncio.create_task(with_md5(store, items))
    await asyncio.sleep(0)  # the first ones are open, and a thread reads them
    for item in items:
        store.delete("b", item.name, None, ANY)
    assert [item.md5 for item in await asking] == [*[md5(b"data")] * PORTION, ""]
    assert list(store.meta.objects("b", "", None, versions=True)) == []
    assert not store.contents.path(items[0].file).exists()


async def test_who_gives_up_has_not_asked_in_vain(store: Store) -> None:
    """What was computed by then is remembered."""
    items = [await put(store, f"{number:02}", b"data") for number in range(PORTION + 1)]
    asking = asyncio.create_task(with_md5(store, items))
    async with asyncio.timeout(60):
        while not store.object("b", "00").md5:  # noqa: ASYNC110 - the disk knows no event
            await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert [item.md5 for item in store.meta.objects("b", "", None)] == [*[md5(b"data")] * PORTION, ""]


@pytest.mark.parametrize(
    "instead",
    [
        "/",  # cannot be opened
        pytest.param(
            "/proc/self/mem",  # can, but not be read
            marks=pytest.mark.skipif(sys.platform != "linux", reason="only Linux has such a file"),
        ),
    ],
)
async def test_what_cannot_be_read_is_shown_without(store: Store, instead: str) -> None:
    """The others have theirs, and nobody waits for it."""
    items = [await put(store, name, b"data") for name in "abc"]
    file = store.contents.path(items[1].file)
    file.unlink()
    file.symlink_to(instead)
    assert [item.md5 for item in await with_md5(store, items)] == [md5(b"data"), "", md5(b"data")]
    assert (await object_with_md5(store, "b", "b", None)).md5 == ""


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


@pytest.mark.parametrize(("count", "size"), [(9, INLINE // 8), (PORTION + 1, 1)], ids=["large together", "many"])
async def test_the_loop_goes_on_while_small_ones_are_hashed(store: Store, count: int, size: int) -> None:
    """Where they are large together, or many, they are hashed in a thread."""
    items = [await put(store, f"{number}", bytes([number]) * size) for number in range(count)]
    asking = asyncio.create_task(with_md5(store, items))
    await asyncio.sleep(0)
    assert not asking.done()
    assert [item.md5 for item in await asking] == [md5(bytes([number]) * size) for number in range(count)]


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
