"""Transactions that meet: whatever the server does, the outcome is that of one after the other."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import pytest
from google.api_core.exceptions import Aborted, AlreadyExists, FailedPrecondition
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from tests.contract.local.firestore.clients import begin, commit, finished, store

SOON = 60.0  # seconds: a write that meets a transaction is not held up for ever


def _begin(client: Any) -> Any:
    return finished(begin(client))


def _outcome(transaction: Any) -> str:
    try:
        finished(commit(transaction))
    except Aborted:
        return "aborted"
    return "committed"


def _together(*transactions: Any) -> list[str]:
    """Commit at the same time: neither may have to wait for the other's commit to be sent."""
    with ThreadPoolExecutor(len(transactions)) as threads:
        return list(threads.map(_outcome, transactions))


def test_two_that_read_and_write_the_same(client: Any) -> None:
    """Of two transactions on one document, one commits and the other is ABORTED."""
    document = client.document("things/a")
    document.set({"n": 1})
    first, second = _begin(client), _begin(client)
    for number, each in enumerate((first, second)):
        assert document.get(transaction=each).get("n") == 1
        each.update(document, {"n": 10 + number})
    outcomes = _together(first, second)
    assert sorted(outcomes) == ["aborted", "committed"]
    assert document.get().get("n") == 10 + outcomes.index("committed")


def test_two_that_each_write_what_the_other_read(client: Any) -> None:
    """No write skew: two that read both documents and write one each do not both commit."""
    finished(store(client, {"doctors/a": {"on_call": True}, "doctors/b": {"on_call": True}}))
    first, second = _begin(client), _begin(client)
    for each, leaving in ((first, "a"), (second, "b")):
        assert all(client.document(f"doctors/{who}").get(transaction=each).get("on_call") for who in "ab")
        each.update(client.document(f"doctors/{leaving}"), {"on_call": False})
    assert sorted(_together(first, second)) == ["aborted", "committed"]


@pytest.mark.parametrize("how", ["query", "count"])
def test_two_that_each_add_to_what_the_other_queried(client: Any, how: str) -> None:
    """No phantoms: a document that a query or a count would now find aborts the transaction that asked."""
    slots = client.collection("slots").where(filter=FieldFilter("hour", "==", 9))
    first, second = _begin(client), _begin(client)
    for each, name in ((first, "a"), (second, "b")):
        found = slots.get(transaction=each) if how == "query" else slots.count().get(transaction=each)[0][0].value
        assert found in ([], 0)
        each.create(client.document(f"slots/{name}"), {"hour": 9})
    assert sorted(_together(first, second)) == ["aborted", "committed"]
    assert len(slots.get()) == 1


def test_two_that_found_nothing_and_make_it(client: Any) -> None:
    """Reading that a document is missing is a read like any other."""
    document = client.document("things/new")
    first, second = _begin(client), _begin(client)
    for number, each in enumerate((first, second)):
        assert not document.get(transaction=each).exists
        each.set(document, {"by": number})
    outcomes = _together(first, second)
    assert sorted(outcomes) == ["aborted", "committed"]
    assert document.get().get("by") == outcomes.index("committed")


def test_transactions_on_different_documents_do_not_meet(client: Any) -> None:
    """Both commit, though both are open at once in one collection."""
    first, second = _begin(client), _begin(client)
    for each, name in ((first, "a"), (second, "b")):
        client.document(f"things/{name}").get(transaction=each)
        each.set(client.document(f"things/{name}"), {"n": 1})
    assert _together(first, second) == ["committed", "committed"]


def test_readers_do_not_abort_each_other(client: Any) -> None:
    """Two transactions that only read the same document both commit."""
    client.document("things/a").set({"n": 1})
    first, second = _begin(client), _begin(client)
    for each in (first, second):
        client.document("things/a").get(transaction=each)
    assert _together(first, second) == ["committed", "committed"]


def _set(client: Any) -> Any:
    return client.document("things/a").set({"n": 2}).update_time


def _delete(client: Any) -> Any:
    return client.document("things/a").delete()


def _batch(client: Any) -> Any:
    batch = client.batch()
    batch.update(client.document("things/a"), {"n": firestore.Increment(1)})
    batch.commit()
    return batch.commit_time


def _bulk(client: Any) -> Any:
    bulk_writer = client.bulk_writer()
    results: list[Any] = []
    bulk_writer.on_write_result(lambda _, result, __: results.append(result.update_time))
    bulk_writer.update(client.document("things/a"), {"n": 2})
    bulk_writer.close()
    return results[0]


@pytest.mark.parametrize("write", [_set, _delete, _batch, _bulk], ids=["set", "delete", "batch", "bulk"])
def test_a_plain_write_between_read_and_commit(client: Any, write: Callable[[Any], Any]) -> None:
    """It either waits for the transaction or makes it abort; it is never lost and never overwritten unseen."""
    document = client.document("things/a")
    document.set({"n": 1})
    transaction = _begin(client)
    assert document.get(transaction=transaction).get("n") == 1
    transaction.set(client.document("things/b"), {"seen": 1})
    with ThreadPoolExecutor(1) as thread:
        written = thread.submit(write, client)
        wait([written], timeout=0.5)  # a server that holds up the write goes on after the commit
        outcome = _outcome(transaction)
        moment = written.result(timeout=SOON)
    if outcome == "committed":
        assert moment > transaction.commit_time
    else:
        assert not client.document("things/b").get().exists


def test_a_transaction_never_sees_two_moments(client: Any) -> None:
    """Documents that only change together are read together, or the read is ABORTED."""
    finished(store(client, {"things/a": {"n": 1}, "things/b": {"n": 1}}))
    transaction = _begin(client)
    assert client.document("things/a").get(transaction=transaction).get("n") == 1
    with ThreadPoolExecutor(1) as thread:
        written = thread.submit(lambda: finished(store(client, {"things/a": {"n": 2}, "things/b": {"n": 2}})))
        wait([written], timeout=0.5)
        try:
            seen = client.document("things/b").get(transaction=transaction).get("n")
        except Aborted:
            return
        assert seen == 1
        _outcome(transaction)


def test_blind_writes_of_transactions_do_not_meet(client: Any) -> None:
    """A transaction that read nothing has nothing to lose."""
    first, second = _begin(client), _begin(client)
    for number, each in enumerate((first, second)):
        each.set(client.document("things/a"), {"by": number})
    assert _together(first, second) == ["committed", "committed"]


def test_eight_threads_of_increments(client: Any) -> None:
    """8 threads x 50 transactions that read, add 1 and write end at 400: none is lost, none done twice."""
    document = client.document("counters/c")
    document.set({"n": 0})

    def increment(transaction: Any) -> None:
        n = document.get(transaction=transaction).get("n")
        transaction.update(document, {"n": n + 1})

    def fifty(_: int) -> None:
        for _ in range(50):
            firestore.transactional(increment)(client.transaction())

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(fifty, range(8)))
    assert document.get().to_dict() == {"n": 400}


def test_of_many_creates_one_wins(client: Any) -> None:
    """Eight threads create one document: seven are ALREADY_EXISTS."""

    def create(number: int) -> int | None:
        try:
            client.document("things/one").create({"by": number})
        except AlreadyExists:
            return None
        return number

    with ThreadPoolExecutor(8) as threads:
        winners = [number for number in threads.map(create, range(8)) if number is not None]
    assert [client.document("things/one").get().get("by")] == winners


def test_of_many_conditional_updates_one_wins(client: Any) -> None:
    """Eight threads hold the same update time: seven are FAILED_PRECONDITION."""
    document = client.document("things/a")
    seen = client.write_option(last_update_time=document.set({"by": None}).update_time)

    def claim(number: int) -> int | None:
        try:
            document.update({"by": number}, option=seen)
        except FailedPrecondition:
            return None
        return number

    with ThreadPoolExecutor(8) as threads:
        winners = [number for number in threads.map(claim, range(8)) if number is not None]
    assert [document.get().get("by")] == winners
