"""Streaming pull, by the client library's subscribe and by the bare stream."""

import queue
from typing import Any

import pytest
from google.api_core.exceptions import InvalidArgument, NotFound
from google.cloud.pubsub_v1.types import FlowControl

from tests.contract.local.pubsub.broker import PubSub
from tests.contract.local.pubsub.requests import Requests
from tests.contract.local.pubsub.waiting import until
from tests.processes import RunningCloud


@pytest.fixture
def worker(pubsub: PubSub) -> str:
    """A pull subscription to `events`."""
    pubsub.topic()
    return pubsub.subscription()


def test_subscribe_hands_messages_to_the_callback(pubsub: PubSub, worker: str) -> None:
    """And its acknowledgements arrive: nothing is left in the end."""
    got: queue.Queue[bytes] = queue.Queue()

    def callback(message: Any) -> None:
        got.put(message.data)
        message.ack()

    future = pubsub.subscriber.subscribe(worker, callback)
    published = {str(number).encode() for number in range(200)}
    for data in published:
        pubsub.publish(data)
    assert {got.get(timeout=60) for _ in published} == published
    future.cancel()
    future.result(timeout=60)
    assert pubsub.pull_now() == []


def test_a_nack_from_the_callback_is_delivered_again(pubsub: PubSub, worker: str) -> None:
    """Until it is acknowledged."""
    seen: list[str] = []

    def callback(message: Any) -> None:
        seen.append(message.message_id)
        if len(seen) < 3:
            message.nack()
        else:
            message.ack()

    future = pubsub.subscriber.subscribe(worker, callback)
    identity = pubsub.publish()
    until(lambda: len(seen) >= 3, "three deliveries")
    future.cancel()
    future.result(timeout=60)
    assert seen == [identity] * 3


def test_two_subscribers_share_the_work(pubsub: PubSub, worker: str) -> None:
    """Each message goes to one of them, and neither goes without."""
    shares: tuple[list[str], list[str]] = ([], [])

    def into(share: list[str]) -> Any:
        def callback(message: Any) -> None:
            share.append(message.message_id)
            message.ack()

        return callback

    control = FlowControl(max_messages=10)
    futures = [pubsub.subscriber.subscribe(worker, into(share), flow_control=control) for share in shares]
    published: set[str] = set()

    def shared() -> bool:
        published.add(pubsub.publish())
        return all(shares)

    until(shared, "a message for each of the two")
    until(lambda: len(shares[0]) + len(shares[1]) == len(published), "every message")
    for future in futures:
        future.cancel()
        future.result(timeout=60)
    assert set(shares[0]) | set(shares[1]) == published


def test_the_server_stops_at_the_flow_control_limit(pubsub: PubSub, worker: str) -> None:
    """No more than max_outstanding_messages are out; acknowledging makes room."""
    for number in range(5):
        pubsub.publish(str(number).encode())
    requests = Requests(subscription=worker, max_outstanding_messages=2)
    stream = pubsub.stream(requests)
    held: list[Any] = []
    while len(held) < 2:
        held.extend(next(stream).received_messages)
    assert len(held) == 2
    assert len(pubsub.pull_now()) == 3  # what the stream was not given, another may have
    for number in range(2):
        pubsub.publish(str(number).encode())
    requests.put(ack_ids=[received.ack_id for received in held])
    more: list[Any] = []
    while len(more) < 2:
        more.extend(next(stream).received_messages)
    assert {received.message.data for received in more} == {b"0", b"1"}
    requests.close()


def test_bytes_are_limited_too(pubsub: PubSub, worker: str) -> None:
    """The server stops when max_outstanding_bytes or more are out."""
    for _ in range(3):
        pubsub.publish(b"x" * 1000)
    requests = Requests(subscription=worker, max_outstanding_bytes=1500)
    stream = pubsub.stream(requests)
    held: list[Any] = []
    while len(held) < 2:
        held.extend(next(stream).received_messages)
    assert len(held) == 2
    assert len(pubsub.pull_now()) == 1
    requests.close()


def test_a_deadline_of_zero_in_the_stream_is_a_nack(pubsub: PubSub, worker: str) -> None:
    """The message comes again on the same stream."""
    identity = pubsub.publish()
    requests = Requests(subscription=worker)
    stream = pubsub.stream(requests)
    (first,) = next(stream).received_messages
    requests.put(modify_deadline_ack_ids=[first.ack_id], modify_deadline_seconds=[0])
    (second,) = next(stream).received_messages
    assert (first.message.message_id, second.message.message_id) == (identity, identity)
    requests.close()


def test_the_streams_own_deadline_counts(pubsub: PubSub, worker: str, cloud: RunningCloud) -> None:
    """Not the subscription's."""
    pubsub.publish()
    requests = Requests(subscription=worker, stream_ack_deadline_seconds=300, max_outstanding_messages=1)
    stream = pubsub.stream(requests)
    next(stream)
    cloud.control.advance(290)
    assert pubsub.pull_now() == []
    cloud.control.advance(10)
    assert len(next(stream).received_messages) == 1
    requests.close()


def test_hanging_up_ends_the_stream(pubsub: PubSub, worker: str) -> None:
    """And leaves what it had to whoever comes after its deadline."""
    requests = Requests(subscription=worker)
    stream = pubsub.stream(requests)
    requests.close()
    assert list(stream) == []


@pytest.mark.parametrize(
    "later",
    [
        {"max_outstanding_messages": 5},
        {"max_outstanding_bytes": 5},
        {"stream_ack_deadline_seconds": 5},
        {"modify_deadline_ack_ids": ["1-1-0"], "modify_deadline_seconds": []},
        {"modify_deadline_ack_ids": ["1-1-0"], "modify_deadline_seconds": [-1]},
        {"ack_ids": ["nonsense"]},
    ],
)
def test_a_wrong_request_aborts_the_stream(pubsub: PubSub, worker: str, later: dict[str, Any]) -> None:
    """INVALID_ARGUMENT, for what only the first may set, bad deadlines and malformed ack ids."""
    requests = Requests(subscription=worker)
    stream = pubsub.stream(requests)
    requests.put(**later)
    with pytest.raises(InvalidArgument):
        next(stream)
    requests.close()


@pytest.mark.parametrize("seconds", [0, 9, 601])
def test_a_stream_needs_a_deadline_within_bounds(pubsub: PubSub, worker: str, seconds: int) -> None:
    """10 to 600 seconds."""
    requests = Requests(subscription=worker, stream_ack_deadline_seconds=seconds)
    with pytest.raises(InvalidArgument):
        next(pubsub.stream(requests))
    requests.close()


def test_deleting_the_subscription_ends_its_streams(pubsub: PubSub, worker: str) -> None:
    """With NOT_FOUND."""
    requests = Requests(subscription=worker)
    stream = pubsub.stream(requests)
    pubsub.publish()
    next(stream)
    pubsub.subscriber.delete_subscription(subscription=worker)
    with pytest.raises(NotFound):
        next(stream)
    requests.close()
