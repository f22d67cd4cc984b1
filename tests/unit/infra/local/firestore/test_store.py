"""What is on the disk, and what becomes of time when the server starts again."""

from pathlib import Path

import pytest

from infra.local.clock import Clock
from infra.local.disk import Disk
from infra.local.faults import Faults
from infra.local.firestore.database import Change
from infra.local.firestore.records import Record
from infra.local.firestore.store import Store
from infra.local.kernel import Kernel
from infra.local.rpc import RpcError

DATABASE = "projects/p/databases/(default)"
HOUR = 3600


def kernel(folder: Path) -> Kernel:
    """The ground of a server that starts."""
    return Kernel(Clock(), Disk(folder), Faults())


def put(store: Store, path: str, moment: int) -> None:
    """Write a document."""
    database = store.database(DATABASE)
    store.write(database, [Change(path, database.get(path), Record(path, b"", moment, moment))], moment)


def test_documents_and_time_go_on_after_a_restart(tmp_path: Path) -> None:
    """Documents come back with their times; the clock is not behind the last commit, even if that was a deletion."""
    first = kernel(tmp_path)
    store = Store(first)
    put(store, "a/kept", first.clock.tick())
    put(store, "a/gone", first.clock.tick())
    first.clock.advance(HOUR)
    deleted = first.clock.tick()
    gone = store.database(DATABASE).get("a/gone")
    store.write(store.database(DATABASE), [Change("a/gone", gone, None)], deleted)
    kept = store.database(DATABASE).get("a/kept")
    first.disk.close()

    second = kernel(tmp_path)
    database = Store(second).database(DATABASE)
    found = database.get("a/kept")
    assert found is not None
    assert kept is not None
    assert (found.created, found.updated) == (kept.created, kept.updated)
    assert database.get("a/gone") is None
    assert second.clock.tick() > deleted
    with pytest.raises(RpcError, match="too old"):
        database.check_past(deleted - 1, second.clock.now())
    second.disk.close()


def test_a_disk_that_refuses_changes_nothing(tmp_path: Path) -> None:
    """UNAVAILABLE, so that clients try again; what was not written is not seen."""
    ground = kernel(tmp_path)
    store = Store(ground)
    put(store, "a/b", ground.clock.tick())
    ground.disk.close()
    with pytest.raises(RpcError) as refused:
        put(store, "a/c", ground.clock.tick())
    assert refused.value.code.name == "UNAVAILABLE"
    assert store.database(DATABASE).get("a/c") is None
