"""The streaming Write call: a handshake, then commits in a row."""

from collections.abc import Iterator
from queue import Queue
from typing import Any

import pytest
from google.api_core.exceptions import AlreadyExists, InvalidArgument
from google.cloud.firestore_v1 import types

from tests.contract.local.firestore.clients import database, generated, name


def _stream(client: Any, requests: Iterator[Any]) -> Any:
    return generated(client).write(requests=requests, retry=None, timeout=60)


def _create(client: Any, path: str) -> dict[str, Any]:
    return {"update": {"name": name(client.document(path))}, "current_document": {"exists": False}}


def test_commits_of_a_stream(client: Any) -> None:
    """Each request after the handshake is one commit, under the token of the answer before."""
    requests: Queue[Any] = Queue()
    requests.put(types.WriteRequest(database=database(client)))
    answers = _stream(client, iter(requests.get, None))
    answer = next(answers)
    assert answer.stream_id
    times = []
    for each in "ab":
        requests.put(types.WriteRequest(stream_token=answer.stream_token, writes=[_create(client, f"things/{each}")]))
        answer = next(answers)
        times.append(answer.commit_time)
        assert answer.write_results[0].update_time == answer.commit_time
    requests.put(None)
    assert times == sorted(set(times))
    assert [snapshot.update_time for snapshot in client.collection("things").get()] == times


def test_a_refusal_ends_a_stream(client: Any) -> None:
    """A precondition that fails is the end of it; what went before stays."""
    requests: Queue[Any] = Queue()
    requests.put(types.WriteRequest(database=database(client)))
    answers = _stream(client, iter(requests.get, None))
    answer = next(answers)
    requests.put(types.WriteRequest(stream_token=answer.stream_token, writes=[_create(client, "things/a")]))
    answer = next(answers)
    requests.put(types.WriteRequest(stream_token=answer.stream_token, writes=[_create(client, "things/a")]))
    with pytest.raises(AlreadyExists):
        next(answers)
    requests.put(None)
    assert client.document("things/a").get().exists


def test_a_stream_without_a_handshake(client: Any) -> None:
    """Writes in the first request are INVALID_ARGUMENT."""
    request = types.WriteRequest(database=database(client), writes=[_create(client, "things/a")])
    with pytest.raises(InvalidArgument):
        next(_stream(client, iter([request])))
    assert not client.document("things/a").get().exists
