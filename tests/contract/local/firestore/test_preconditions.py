"""Writes under a condition: existence, and the update time last seen."""

from datetime import timedelta
from typing import Any

import pytest
from google.api_core.exceptions import AlreadyExists, FailedPrecondition, InvalidArgument, NotFound

from tests.contract.local.firestore.clients import database, fields, generated, got, name, store


async def test_update_under_the_right_time(db: Any) -> None:
    """The update time last seen lets the write through."""
    document = db.document("things/a")
    seen = await got(document.create({"x": 1}))
    await got(document.update({"x": 2}, option=db.write_option(last_update_time=seen.update_time)))
    assert await fields(document) == {"x": 2}


async def test_update_under_an_older_time(db: Any) -> None:
    """An update time that is no longer the document's is FAILED_PRECONDITION."""
    document = db.document("things/a")
    seen = await got(document.create({"x": 1}))
    await got(document.set({"x": 2}))
    with pytest.raises(FailedPrecondition):
        await got(document.update({"x": 3}, option=db.write_option(last_update_time=seen.update_time)))
    assert await fields(document) == {"x": 2}


async def test_delete_under_an_older_time(db: Any) -> None:
    """A conditional delete leaves a document that has moved on."""
    document = db.document("things/a")
    seen = await got(document.create({"x": 1}))
    await got(document.set({"x": 2}))
    with pytest.raises(FailedPrecondition):
        await got(document.delete(option=db.write_option(last_update_time=seen.update_time)))
    assert await fields(document) == {"x": 2}


async def test_delete_under_the_right_time(db: Any) -> None:
    """The update time last seen lets the delete through."""
    document = db.document("things/a")
    seen = await got(document.create({"x": 1}))
    await got(document.delete(option=db.write_option(last_update_time=seen.update_time)))
    assert await fields(document) is None


async def test_an_update_time_asks_for_existence(db: Any) -> None:
    """No update time is that of a document that is gone."""
    document = db.document("things/a")
    seen = await got(document.create({"x": 1}))
    await got(document.delete())
    with pytest.raises((FailedPrecondition, NotFound)):
        await got(document.update({"x": 2}, option=db.write_option(last_update_time=seen.update_time)))
    assert await fields(document) is None


async def test_an_update_time_to_come_is_no_valid_condition(db: Any) -> None:
    """A time in the future is INVALID_ARGUMENT, for a write and for a delete."""
    document = db.document("things/a")
    seen = await got(document.create({"x": 1}))
    later = db.write_option(last_update_time=seen.update_time + timedelta(hours=1))
    with pytest.raises(InvalidArgument):
        await got(document.update({"x": 2}, option=later))
    with pytest.raises(InvalidArgument):
        await got(document.delete(option=later))


async def test_delete_of_what_must_exist(db: Any) -> None:
    """A delete with `exists` of a missing document is NOT_FOUND."""
    with pytest.raises(NotFound):
        await got(db.document("things/none").delete(option=db.write_option(exists=True)))


async def test_set_of_what_must_not_exist(db: Any) -> None:
    """`exists = false` on any write is ALREADY_EXISTS where the document is there."""
    document = db.document("things/a")
    await got(document.create({"x": 1}))
    writes = [{"update": {"name": name(document)}, "current_document": {"exists": False}}]
    with pytest.raises(AlreadyExists):
        await got(generated(db).commit(request={"database": database(db), "writes": writes}))
    assert await fields(document) == {"x": 1}


async def test_set_of_what_must_exist(db: Any) -> None:
    """`exists = true` on a whole-document write is NOT_FOUND where there is none."""
    document = db.document("things/none")
    writes = [{"update": {"name": name(document)}, "current_document": {"exists": True}}]
    with pytest.raises(NotFound):
        await got(generated(db).commit(request={"database": database(db), "writes": writes}))
    assert await fields(document) is None


async def test_a_refused_condition_undoes_the_batch(db: Any) -> None:
    """One stale update time among several writes, and none takes effect."""
    await store(db, {"things/a": {"x": 1}, "things/b": {"x": 1}})
    stale = (await got(db.document("things/b").get())).update_time
    await got(db.document("things/b").set({"x": 2}))
    batch = db.batch()
    batch.update(db.document("things/a"), {"x": 9})
    batch.update(db.document("things/b"), {"x": 9}, option=db.write_option(last_update_time=stale))
    with pytest.raises(FailedPrecondition):
        await got(batch.commit())
    assert await fields(db.document("things/a")) == {"x": 1}


async def test_of_many_conditional_updates_one_wins(db: Any) -> None:
    """Two holders of the same update time: the second is refused."""
    document = db.document("things/a")
    seen = db.write_option(last_update_time=(await got(document.create({"x": 0}))).update_time)
    await got(document.update({"x": 1}, option=seen))
    with pytest.raises(FailedPrecondition):
        await got(document.update({"x": 2}, option=seen))
    assert await fields(document) == {"x": 1}


async def test_single_document_calls_honour_conditions(db: Any) -> None:
    """CreateDocument, UpdateDocument and DeleteDocument refuse as a commit does; GetDocument answers NOT_FOUND."""
    api, document = generated(db), db.document("things/a")
    parent = f"{database(db)}/documents"
    made = await got(api.create_document(request={"parent": parent, "collection_id": "things", "document_id": "a"}))
    assert made.name == name(document)
    with pytest.raises(AlreadyExists):
        await got(api.create_document(request={"parent": parent, "collection_id": "things", "document_id": "a"}))
    stale = {"update_time": made.update_time - timedelta(seconds=1)}
    with pytest.raises(FailedPrecondition):
        await got(api.update_document(request={"document": {"name": made.name}, "current_document": stale}))
    with pytest.raises(FailedPrecondition):
        await got(api.delete_document(request={"name": made.name, "current_document": stale}))
    await got(api.delete_document(request={"name": made.name, "current_document": {"exists": True}}))
    with pytest.raises(NotFound):
        await got(api.get_document(request={"name": made.name}))
