"""Listening with `on_snapshot`: a callback with the whole result, at first and at each change."""

from collections.abc import Callable, Iterator
from queue import Queue
from typing import Any

import pytest
from google.cloud.firestore_v1.base_query import FieldFilter

from tests.contract.local.firestore.clients import database, finished, generated, name, store
from tests.processes import RunningCloud

PATIENCE = 60  # seconds


class Seen:
    """Snapshots as they come: each a list of (id, fields) and one of (change, id)."""

    def __init__(self) -> None:
        self._queue: Queue[tuple[list[tuple[str, Any]], list[tuple[str, str]]]] = Queue()

    def __call__(self, documents: list[Any], changes: list[Any], _: Any) -> None:
        """Google's client calls this."""
        now = [(document.id, document.to_dict()) for document in documents]
        self._queue.put((now, [(change.type.name, change.document.id) for change in changes]))

    def next(self) -> tuple[list[tuple[str, Any]], list[tuple[str, str]]]:
        """The next snapshot.

        Raises:
            queue.Empty: none came in time.
        """
        return self._queue.get(timeout=PATIENCE)

    def until(self, documents: list[tuple[str, Any]]) -> None:
        """Pass over snapshots until one has just these documents."""
        while self.next()[0] != documents:
            continue


Listen = Callable[[Any], Seen]


@pytest.fixture
def listen() -> Iterator[Listen]:
    """Begin to listen to a document, a query or a collection; ended with the test."""
    watches = []

    def begin(target: Any) -> Seen:
        seen = Seen()
        watches.append(target.on_snapshot(seen))
        return seen

    yield begin
    for watch in watches:
        watch.unsubscribe()


def test_a_document_is_watched(client: Any, listen: Listen) -> None:
    """At first as it is, then each change of it, then its end."""
    document = client.document("things/a")
    document.set({"n": 1})
    seen = listen(document)
    assert seen.next() == ([("a", {"n": 1})], [("ADDED", "a")])
    document.set({"n": 2})
    assert seen.next() == ([("a", {"n": 2})], [("MODIFIED", "a")])
    document.delete()
    assert seen.next() == ([], [("REMOVED", "a")])
    document.create({"n": 3})
    assert seen.next() == ([("a", {"n": 3})], [("ADDED", "a")])


def test_a_missing_document_is_watched(client: Any, listen: Listen) -> None:
    """The first snapshot says that it is not there."""
    seen = listen(client.document("things/none"))
    assert seen.next() == ([], [])
    client.document("things/none").set({"n": 1})
    assert seen.next() == ([("none", {"n": 1})], [("ADDED", "none")])


def test_a_query_is_watched(client: Any, listen: Listen) -> None:
    """Documents come in, change and leave as they begin and cease to match, always in order."""
    finished(store(client, {"things/a": {"n": 3}, "things/b": {"n": 0}, "others/c": {"n": 9}}))
    seen = listen(client.collection("things").where(filter=FieldFilter("n", ">", 0)).order_by("n"))
    assert seen.next() == ([("a", {"n": 3})], [("ADDED", "a")])
    client.document("things/b").set({"n": 1})
    assert seen.next() == ([("b", {"n": 1}), ("a", {"n": 3})], [("ADDED", "b")])
    client.document("things/b").set({"n": 5})
    assert seen.next() == ([("a", {"n": 3}), ("b", {"n": 5})], [("MODIFIED", "b")])
    client.document("things/a").set({"n": 0})
    assert seen.next() == ([("b", {"n": 5})], [("REMOVED", "a")])
    client.document("things/b").delete()
    assert seen.next() == ([], [("REMOVED", "b")])


def test_an_empty_query_is_watched(client: Any, listen: Listen) -> None:
    """Nothing found is a snapshot too."""
    assert listen(client.collection("none")).next() == ([], [])


def test_a_commit_is_one_snapshot(client: Any, listen: Listen) -> None:
    """What was written together is seen together."""
    seen = listen(client.collection("things").order_by("n"))
    assert seen.next() == ([], [])
    finished(store(client, {f"things/{each}": {"n": n} for n, each in enumerate("abc")}))
    documents, changes = seen.next()
    assert documents == [("a", {"n": 0}), ("b", {"n": 1}), ("c", {"n": 2})]
    assert changes == [("ADDED", "a"), ("ADDED", "b"), ("ADDED", "c")]


def test_a_limit_is_kept(client: Any, listen: Listen) -> None:
    """A document that enters the first ones pushes the last of them out; one that leaves lets it back in."""
    finished(store(client, {f"things/{n}": {"n": n} for n in (1, 2, 3)}))
    seen = listen(client.collection("things").order_by("n").limit(2))
    assert [each for each, _ in seen.next()[0]] == ["1", "2"]
    client.document("things/0").set({"n": 0})
    seen.until([("0", {"n": 0}), ("1", {"n": 1})])
    client.document("things/0").delete()
    seen.until([("1", {"n": 1}), ("2", {"n": 2})])


def test_a_collection_group_is_watched(client: Any, listen: Listen) -> None:
    """Documents of every collection of the id."""
    seen = listen(client.collection_group("parts"))
    assert seen.next() == ([], [])
    client.document("things/a/parts/p").set({"n": 1})
    assert seen.next()[1] == [("ADDED", "p")]
    client.document("parts/q").set({"n": 2})
    assert seen.next()[1] == [("ADDED", "q")]


def test_many_changes_end_at_the_same_result(client: Any, listen: Listen) -> None:
    """However changes are gathered into snapshots, the last one is what a query finds."""
    query = client.collection("things").where(filter=FieldFilter("n", ">=", 5)).order_by("n")
    seen = listen(query)
    for number in range(60):
        client.document(f"things/{number % 7}").set({"n": (number * 5) % 11})
    seen.until([(snapshot.id, snapshot.to_dict()) for snapshot in query.get()])


def test_no_change_of_others_disturbs(client: Any, listen: Listen) -> None:
    """Writes that do not touch the result, or change nothing, give no snapshot."""
    document = client.document("things/a")
    document.set({"n": 1})
    seen = listen(client.collection("things").where(filter=FieldFilter("n", "==", 1)))
    assert len(seen.next()[0]) == 1
    document.set({"n": 1})
    client.document("things/b").set({"n": 2})
    client.document("others/a").set({"n": 1})
    document.set({"n": 1, "last": True})
    assert seen.next() == ([("a", {"n": 1, "last": True})], [("MODIFIED", "a")])


def test_a_cut_stream_is_resumed(client: Any, listen: Listen, cloud: RunningCloud) -> None:
    """A refused stream is opened again by the client, which then has the state of now."""
    client.document("things/a").set({"n": 1})
    with cloud.control.fault("firestore", "Listen", code="UNAVAILABLE", count=1) as fault:
        seen = listen(client.collection("things"))
        assert seen.next() == ([("a", {"n": 1})], [("ADDED", "a")])
        assert cloud.control.hits(fault) == 1


def test_what_others_write_is_seen(client: Any, listen: Listen) -> None:
    """Transforms, merges, batch writes and transactions all reach a listener."""
    seen = listen(client.document("things/a"))
    assert seen.next() == ([], [])
    writes = [{"update": {"name": name(client.document("things/a")), "fields": {"n": {"integer_value": 1}}}}]
    generated(client).batch_write(request={"database": database(client), "writes": writes})
    assert seen.next()[0] == [("a", {"n": 1})]
    client.document("things/a").set({"m": 1}, merge=True)
    assert seen.next()[0] == [("a", {"n": 1, "m": 1})]
