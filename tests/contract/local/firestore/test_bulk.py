"""Bulk writes: each for itself, in no order."""

from typing import Any

import pytest
from google.api_core.exceptions import InvalidArgument
from google.cloud.firestore_v1.bulk_writer import BulkWriterOptions, SendMode

from tests.contract.local.firestore.clients import database, fields, generated, got, name, store
from tests.processes import RunningCloud

ALREADY_EXISTS, NOT_FOUND, FAILED_PRECONDITION = 6, 5, 9


@pytest.mark.parametrize("mode", [SendMode.parallel, SendMode.serial])
async def test_a_bulk_writer_writes_everything(db: Any, mode: SendMode) -> None:
    """Creates, sets, merges, updates and deletes, in batches of twenty."""
    await store(db, {"things/old": {"x": 1}, "things/merged": {"x": 1}, "things/updated": {"x": 1}})
    results = []
    writer = db.bulk_writer(BulkWriterOptions(mode=mode))
    writer.on_write_result(lambda reference, result, _: results.append((reference.id, result.update_time)))
    for number in range(50):
        writer.create(db.document(f"many/{number}"), {"n": number})
    writer.delete(db.document("things/old"))
    writer.set(db.document("things/merged"), {"y": 2}, merge=True)
    writer.update(db.document("things/updated"), {"x": 2})
    writer.close()
    assert len(results) == 53
    [[count]] = await got(db.collection("many").count().get())
    assert count.value == 50
    assert await fields(db.document("things/old")) is None
    assert await fields(db.document("things/merged")) == {"x": 1, "y": 2}
    assert await fields(db.document("things/updated")) == {"x": 2}


async def test_failures_of_a_bulk_writer_are_told_one_by_one(db: Any) -> None:
    """The refused write is reported with its code; the others are done."""
    await store(db, {"things/there": {"x": 1}})
    failures = []

    def note(failure: Any, _: Any) -> bool:
        failures.append((failure.operation.reference.id, failure.code))
        return False

    writer = db.bulk_writer()
    writer.on_write_error(note)
    writer.create(db.document("things/there"), {"x": 2})
    writer.create(db.document("things/new"), {"x": 2})
    writer.update(db.document("things/none"), {"x": 2})
    writer.close()
    assert sorted(failures) == [("none", NOT_FOUND), ("there", ALREADY_EXISTS)]
    assert await fields(db.document("things/there")) == {"x": 1}
    assert await fields(db.document("things/new")) == {"x": 2}


def test_a_batch_write_answers_a_status_each(client: Any) -> None:
    """Results and statuses in the order of the writes; update times differ from no write's."""
    seen = client.document("things/a").set({"x": 1}).update_time
    client.document("things/a").set({"x": 2})
    writes: list[dict[str, Any]] = [
        {"update": {"name": name(client.document("things/b")), "fields": {"x": {"integer_value": 1}}}},
        {"update": {"name": name(client.document("things/a"))}, "current_document": {"update_time": seen}},
        {"delete": name(client.document("things/none")), "current_document": {"exists": True}},
        {"delete": name(client.document("things/gone"))},
    ]
    answer = generated(client).batch_write(request={"database": database(client), "writes": writes})
    assert [status.code for status in answer.status] == [0, FAILED_PRECONDITION, NOT_FOUND, 0]
    assert len(answer.write_results) == 4
    assert answer.write_results[0].update_time == client.document("things/b").get().update_time
    assert client.document("things/a").get().to_dict() == {"x": 2}


def test_a_batch_write_of_one_document_twice(client: Any) -> None:
    """INVALID_ARGUMENT, and nothing is written."""
    writes = [{"update": {"name": name(client.document("things/a"))}}] * 2
    with pytest.raises(InvalidArgument):
        generated(client).batch_write(request={"database": database(client), "writes": writes})
    assert not client.document("things/a").get().exists


def test_a_batch_write_with_labels(client: Any) -> None:
    """Labels change nothing of the writes."""
    writes = [{"update": {"name": name(client.document("things/a"))}}]
    request = {"database": database(client), "writes": writes, "labels": {"kind": "test"}}
    assert [status.code for status in generated(client).batch_write(request=request).status] == [0]


def test_a_bulk_writer_retries_what_is_unavailable(client: Any, cloud: RunningCloud) -> None:
    """A call that fails as a whole is made again by the client, and each write is done."""
    with cloud.control.fault("firestore", "BatchWrite", code="UNAVAILABLE", count=1) as fault:
        writer = client.bulk_writer()
        writer.create(client.document("things/a"), {"x": 1})
        writer.close()
        assert cloud.control.hits(fault) == 1
    assert client.document("things/a").get().to_dict() == {"x": 1}
