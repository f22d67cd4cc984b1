"""Transactions as Google's clients run them: read, write, commit, retry."""

from typing import Any

import pytest
from google.api_core.exceptions import Aborted, InvalidArgument
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from tests.contract.local.firestore.clients import (
    begin,
    commit,
    database,
    fields,
    generated,
    got,
    ids,
    in_transaction,
    name,
    rollback,
    store,
)
from tests.processes import RunningCloud


async def test_a_transaction_reads_and_writes(db: Any) -> None:
    """What the body read decides what it writes; all is applied at one time."""
    await store(db, {"things/a": {"n": 1}, "things/b": {"n": 5}})

    async def move(transaction: Any) -> Any:
        a = (await got(db.document("things/a").get(transaction=transaction))).get("n")
        transaction.update(db.document("things/a"), {"n": a - 1})
        transaction.update(db.document("things/b"), {"n": firestore.Increment(1)})
        transaction.create(db.document("things/c"), {"moved": a})
        return transaction

    transaction = await in_transaction(db, move)
    assert await fields(db.document("things/b")) == {"n": 6}
    snapshots = [await got(db.document(f"things/{each}").get()) for each in "abc"]
    assert {snapshot.update_time for snapshot in snapshots} == {transaction.commit_time}
    assert len(transaction.write_results) == 3


async def test_a_transaction_runs_queries(db: Any) -> None:
    """Queries, get-all and aggregations read inside the transaction."""
    await store(db, {f"things/{n}": {"n": n} for n in range(4)})
    query = db.collection("things").where(filter=FieldFilter("n", ">", 0)).order_by("n")

    async def body(transaction: Any) -> tuple[list[str], int, int]:
        found = ids(await got(query.get(transaction=transaction)))
        [[count]] = await got(query.count().get(transaction=transaction))
        read = await got(db.get_all([db.document("things/1"), db.document("things/9")], transaction=transaction))
        transaction.set(db.document("things/sum"), {"of": found})
        return found, count.value, sum(snapshot.exists for snapshot in read)

    assert await in_transaction(db, body) == (["1", "2", "3"], 3, 1)
    assert await fields(db.document("things/sum")) == {"of": ["1", "2", "3"]}


async def test_an_exception_in_the_body_writes_nothing(db: Any) -> None:
    """The client rolls back and lets the exception through."""

    async def body(transaction: Any) -> None:
        transaction.set(db.document("things/a"), {"n": 1})
        raise LookupError("changed my mind")

    with pytest.raises(LookupError):
        await in_transaction(db, body)
    assert await fields(db.document("things/a")) is None


async def test_an_aborted_commit_is_retried(db: Any, cloud: RunningCloud) -> None:
    """The client runs the body again, in a transaction that names the first."""
    await store(db, {"things/a": {"n": 1}})
    runs = []

    async def body(transaction: Any) -> None:
        runs.append(transaction.id)
        n = (await got(db.document("things/a").get(transaction=transaction))).get("n")
        transaction.update(db.document("things/a"), {"n": n + 1})

    with cloud.control.fault("firestore", "Commit", code="ABORTED", count=2):
        await in_transaction(db, body)
    assert len(set(runs)) == 3
    assert await fields(db.document("things/a")) == {"n": 2}


async def test_attempts_are_bounded(db: Any, cloud: RunningCloud) -> None:
    """After the last attempt the client gives up, and nothing is written."""

    async def body(transaction: Any) -> None:
        transaction.set(db.document("things/a"), {"n": 1})

    with (
        cloud.control.fault("firestore", "Commit", code="ABORTED"),
        pytest.raises(ValueError, match="Failed to commit transaction in 3 attempts"),
    ):
        await in_transaction(db, body, max_attempts=3)
    assert await fields(db.document("things/a")) is None


async def test_a_refused_write_refuses_the_transaction(db: Any) -> None:
    """A precondition inside a transaction is not retried, and nothing is written."""
    await store(db, {"things/there": {"n": 1}})

    async def body(transaction: Any) -> None:
        transaction.set(db.document("things/a"), {"n": 1})
        transaction.create(db.document("things/there"), {"n": 2})

    with pytest.raises(Exception, match="already exists"):
        await in_transaction(db, body)
    assert await fields(db.document("things/a")) is None


async def test_a_read_only_transaction_sees_one_moment(db: Any) -> None:
    """Writes of others after its first read stay invisible to it, and are not held up."""
    await store(db, {"things/a": {"n": 1}, "things/b": {"n": 1}})
    transaction = await begin(db, read_only=True)
    assert (await got(db.document("things/a").get(transaction=transaction))).get("n") == 1
    await store(db, {"things/a": {"n": 2}, "things/b": {"n": 2}, "things/c": {"n": 2}})
    assert (await got(db.document("things/b").get(transaction=transaction))).get("n") == 1
    query = db.collection("things").where(filter=FieldFilter("n", ">", 0))
    assert ids(await got(query.get(transaction=transaction))) == ["a", "b"]
    [[count]] = await got(query.count().get(transaction=transaction))
    assert count.value == 2
    await commit(transaction)


async def test_a_read_only_transaction_refuses_writes(db: Any) -> None:
    """The server too, not only the client."""
    transaction = await begin(db, read_only=True)
    writes = [{"update": {"name": name(db.document("things/a"))}}]
    with pytest.raises(InvalidArgument):
        await got(
            generated(db).commit(request={"database": database(db), "writes": writes, "transaction": transaction.id})
        )
    assert await fields(db.document("things/a")) is None


async def test_a_rolled_back_transaction_is_over(db: Any) -> None:
    """Its id reads and commits nothing any more."""
    transaction = await begin(db)
    ended = transaction.id
    await rollback(transaction)
    with pytest.raises(InvalidArgument):
        await got(generated(db).commit(request={"database": database(db), "transaction": ended}))
    request = {"database": database(db), "documents": [name(db.document("things/a"))], "transaction": ended}
    with pytest.raises(InvalidArgument):
        await got(generated(db).batch_get_documents(request=request))


async def test_a_committed_transaction_is_over(db: Any) -> None:
    """A second commit of the same transaction is refused."""
    transaction = await begin(db)
    ended = transaction.id
    await commit(transaction)
    with pytest.raises((InvalidArgument, Aborted)):
        await got(generated(db).commit(request={"database": database(db), "transaction": ended}))


@pytest.mark.parametrize("call", ["commit", "rollback", "batch_get_documents"])
def test_a_transaction_that_never_was(client: Any, call: str) -> None:
    """An id that Firestore did not give is INVALID_ARGUMENT."""
    request = {"database": database(client), "transaction": b"nonsense"}
    if call == "batch_get_documents":
        request["documents"] = [name(client.document("things/a"))]
    with pytest.raises(InvalidArgument):
        list(getattr(generated(client), call)(request=request) or ())


async def test_an_empty_transaction_commits(db: Any) -> None:
    """Neither reads nor writes are needed; reads alone are fine too."""
    assert await commit(await begin(db)) == []
    transaction = await begin(db)
    await got(db.document("things/a").get(transaction=transaction))
    assert await commit(transaction) == []
