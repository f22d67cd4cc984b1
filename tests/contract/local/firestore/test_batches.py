"""Several writes in one commit: all of them or none."""

from typing import Any

import pytest
from google.api_core.exceptions import AlreadyExists, NotFound
from google.cloud import firestore

from tests.contract.local.firestore.clients import fields, got, store


async def test_a_batch_applies_everything_at_one_time(db: Any) -> None:
    """Results come in the order of the writes; a delete's has no time."""
    await store(db, {"things/b": {"m": {"p": 1, "q": 2}}, "things/c": {"x": 1}})
    batch = db.batch()
    batch.create(db.document("things/a"), {"x": 1})
    batch.update(db.document("things/b"), {"m.p": 9})
    batch.delete(db.document("things/c"))
    created, updated, deleted = await got(batch.commit())
    assert created.update_time == updated.update_time == batch.commit_time
    assert not deleted._pb.HasField("update_time")  # noqa: SLF001 - absence shows only below proto-plus
    assert await fields(db.document("things/b")) == {"m": {"p": 9, "q": 2}}
    assert await fields(db.document("things/c")) is None


@pytest.mark.parametrize(("refused", "error"), [("create", AlreadyExists), ("update", NotFound)])
async def test_a_batch_with_one_refusal_changes_nothing(db: Any, refused: str, error: type[Exception]) -> None:
    """Writes before and after the refused one have no effect."""
    await store(db, {"things/there": {"x": 1}})
    batch = db.batch()
    batch.set(db.document("things/first"), {"x": 1})
    if refused == "create":
        batch.create(db.document("things/there"), {"x": 2})
    else:
        batch.update(db.document("things/none"), {"x": 2})
    batch.delete(db.document("things/there"))
    with pytest.raises(error):
        await got(batch.commit())
    assert await fields(db.document("things/first")) is None
    assert await fields(db.document("things/there")) == {"x": 1}


async def test_writes_to_one_document_apply_in_order(db: Any) -> None:
    """Create, update, delete and create again, in one batch."""
    document = db.document("things/a")
    batch = db.batch()
    batch.create(document, {"x": 1})
    batch.update(document, {"y": 2})
    batch.delete(document)
    batch.create(document, {"z": 3})
    batch.set(document, {"w": 4}, merge=True)
    await got(batch.commit())
    assert await fields(document) == {"z": 3, "w": 4}


async def test_a_later_precondition_sees_the_earlier_write(db: Any) -> None:
    """A second create of the same document in one batch is refused, and so is the whole."""
    batch = db.batch()
    batch.create(db.document("things/a"), {"x": 1})
    batch.create(db.document("things/a"), {"x": 2})
    with pytest.raises(AlreadyExists):
        await got(batch.commit())
    assert await fields(db.document("things/a")) is None


async def test_an_empty_batch_commits(db: Any) -> None:
    """No writes are no error, and have a commit time."""
    batch = db.batch()
    assert await got(batch.commit()) == []
    assert batch.commit_time is not None


async def test_commit_times_rise(db: Any) -> None:
    """No two commits share a time."""
    times = []
    for number in range(20):
        batch = db.batch()
        batch.set(db.document(f"things/{number % 3}"), {"n": number})
        await got(batch.commit())
        times.append(batch.commit_time)
    assert times == sorted(set(times))


def test_more_than_500_writes_fit_one_commit(client: Any) -> None:
    """Only the size of a request bounds the number of its writes."""
    batch = client.batch()
    for number in range(600):
        batch.set(client.document(f"things/{number:03}"), {"n": firestore.Increment(number)})
    assert len(batch.commit()) == 600
    assert client.document("things/599").get().to_dict() == {"n": 599}
