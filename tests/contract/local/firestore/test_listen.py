"""The Listen stream itself: targets, consistency, resume tokens."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from google.api_core.exceptions import InvalidArgument
from google.cloud import firestore
from google.cloud.firestore_v1 import types
from google.cloud.firestore_v1.base_query import FieldFilter

from tests.contract.local.firestore.clients import close, database, finished, generated, store
from tests.contract.local.firestore.listener import (
    Kind,
    Listener,
    changed,
    documents_target,
    gone,
    kinds,
    query_target,
    token,
)


@pytest.fixture
def things(client: Any) -> Any:
    """A collection with a, b and c."""
    finished(store(client, {f"things/{each}": {"n": n} for n, each in enumerate("abc", 1)}))
    return client.collection("things")


def test_a_target_is_added_filled_and_current(client: Any, things: Any) -> None:
    """ADD, the documents, CURRENT, then a consistent read time with a token."""
    with Listener(client) as stream:
        stream.add(query_target(client, things))
        seen = stream.until_consistent()
    assert kinds(seen)[:2] == [Kind.ADD, Kind.CURRENT]
    assert changed(seen) == ["a", "b", "c"]
    assert all(list(each.document_change.target_ids) == [1] for each in seen if "document_change" in each)
    assert token(seen)
    assert seen[-1].target_change.read_time is not None


def test_a_document_that_leaves_a_query_is_removed(client: Any, things: Any) -> None:
    """One that no longer matches, and one that is deleted, are both told."""
    with Listener(client) as stream:
        stream.add(query_target(client, things.where(filter=FieldFilter("n", ">", 1))))
        assert changed(stream.until_consistent()) == ["b", "c"]
        things.document("b").update({"n": 0})
        assert gone_or_removed(stream.until_consistent()) == ["b"]
        things.document("c").delete()
        assert gone_or_removed(stream.until_consistent()) == ["c"]


def gone_or_removed(responses: list[Any]) -> list[str]:
    """Ids of documents that left the target, however the server says it."""
    removed = [
        each.document_change.document.name.rsplit("/", 1)[1]
        for each in responses
        if "document_change" in each and each.document_change.removed_target_ids
    ]
    return gone(responses) + removed


def test_read_times_rise(client: Any, things: Any) -> None:
    """Each consistent point of a stream is later than the one before."""
    times = []
    with Listener(client) as stream:
        stream.add(query_target(client, things))
        times.append(stream.until_consistent()[-1].target_change.read_time)
        for n in range(5):
            written = things.document("a").set({"n": 10 + n}).update_time
            times.append(stream.until_consistent()[-1].target_change.read_time)
            assert times[-1] >= written
    assert times == sorted(set(times))


def test_a_resumed_query_is_told_only_what_changed(client: Any, things: Any) -> None:
    """With the token of an earlier stream, documents that stayed as they were are not sent again."""
    with Listener(client) as stream:
        stream.add(query_target(client, things))
        resume = token(stream.until_consistent())
    things.document("b").update({"n": 20})
    things.document("d").set({"n": 4})
    with Listener(client) as stream:
        stream.add(query_target(client, things, resume_token=resume))
        seen = stream.until_consistent()
    assert sorted(changed(seen)) == ["b", "d"]
    assert Kind.RESET not in kinds(seen)


def test_a_resumed_query_is_told_what_is_gone(client: Any, things: Any) -> None:
    """Deleted since: told as such, or by a filter whose count does not fit what the client knows."""
    with Listener(client) as stream:
        stream.add(query_target(client, things))
        resume = token(stream.until_consistent())
    things.document("b").delete()
    with Listener(client) as stream:
        stream.add(query_target(client, things, resume_token=resume))
        seen = stream.until_consistent()
    counts = [each.filter.count for each in seen if "filter" in each]
    assert gone_or_removed(seen) == ["b"] or counts == [2] or Kind.RESET in kinds(seen)
    assert changed(seen) == []


def test_a_query_is_resumed_at_a_read_time(client: Any, things: Any) -> None:
    """A read time serves as a token does."""
    before = things.document("a").update({"n": 5}).update_time
    things.document("c").update({"n": 30})
    with Listener(client) as stream:
        stream.add(query_target(client, things, read_time=before))
        assert changed(stream.until_consistent()) == ["c"]


def test_resumed_documents(client: Any, things: Any) -> None:
    """A target of documents resumes as a query does."""
    with Listener(client) as stream:
        stream.add(documents_target(client, "things/a", "things/b", "things/none"))
        first = stream.until_consistent()
        assert changed(first) == ["a", "b"]
        assert gone(first) == ["none"]
    things.document("b").update({"n": 20})
    with Listener(client) as stream:
        stream.add(documents_target(client, "things/a", "things/b", "things/none", resume_token=token(first)))
        assert changed(stream.until_consistent()) == ["b"]


def test_a_token_that_is_none(client: Any, things: Any) -> None:
    """A token that Firestore did not give ends the target or the stream with INVALID_ARGUMENT."""
    with Listener(client) as stream:
        stream.add(query_target(client, things, resume_token=b"nonsense"))
        try:
            seen = stream.until(Kind.REMOVE)
        except InvalidArgument:
            return
        assert seen[-1].target_change.cause.code == 3


def test_several_targets_of_one_stream(client: Any, things: Any) -> None:
    """A change tells which targets it concerns; a target that is removed is told no more."""
    with Listener(client) as stream:
        stream.add(query_target(client, things.where(filter=FieldFilter("n", ">", 1))))
        stream.until_consistent()
        stream.add(documents_target(client, "things/b") | {"target_id": 2})
        stream.until_consistent()
        things.document("b").update({"n": 9})
        [both] = [each for each in stream.until_consistent() if "document_change" in each]
        assert sorted(both.document_change.target_ids) == [1, 2]
        stream.remove(2)
        assert list(stream.until(Kind.REMOVE)[-1].target_change.target_ids) == [2]
        things.document("b").update({"n": 10})
        [one] = [each for each in stream.until_consistent() if "document_change" in each]
        assert list(one.document_change.target_ids) == [1]


def test_a_target_for_once(client: Any, things: Any) -> None:
    """`once` removes the target when it is current."""
    with Listener(client) as stream:
        stream.add(query_target(client, things, once=True))
        seen = stream.until(Kind.REMOVE)
    assert changed(seen) == ["a", "b", "c"]
    assert not seen[-1].target_change.cause.code


async def test_the_asynchronous_client_listens(client: Any, things: Any, one_loop: None, emulator: str) -> None:
    """Google's asynchronous generated client opens the same stream."""
    assert one_loop is None
    assert emulator
    listener = firestore.AsyncClient(client.project)
    requests = [types.ListenRequest(database=database(client), add_target=query_target(client, things, once=True))]

    async def ask() -> AsyncIterator[Any]:
        for request in requests:
            yield request

    seen: list[Any] = []
    async for response in await generated(listener).listen(requests=ask(), timeout=60):
        seen.append(response)
        if Kind.REMOVE in kinds(seen):
            break
    assert changed(seen) == ["a", "b", "c"]
    await close(listener)


def test_an_id_is_assigned(client: Any, things: Any) -> None:
    """A target without an id is given one with ADD."""
    with Listener(client) as stream:
        stream.add(query_target(client, things) | {"target_id": 0})
        [added] = stream.until(Kind.ADD)
        assert added.target_change.target_ids[0] > 0


@pytest.mark.parametrize("what", ["twice", "no target", "bad query", "projection"])
def test_targets_that_are_refused(client: Any, things: Any, what: str) -> None:
    """The stream, or the target alone, ends with INVALID_ARGUMENT."""
    with Listener(client) as stream:
        if what == "twice":
            stream.add(query_target(client, things))
            stream.until_consistent()
            stream.add(query_target(client, things))
        elif what == "bad query":
            stream.add(query_target(client, things.where(filter=FieldFilter("n", "in", list(range(31))))))
        elif what == "projection":
            stream.add(query_target(client, things.select(["n"])))
        else:
            stream.add({"target_id": 1})
        try:
            seen = stream.until(Kind.REMOVE)
        except InvalidArgument:
            return
        assert seen[-1].target_change.cause.code == 3
