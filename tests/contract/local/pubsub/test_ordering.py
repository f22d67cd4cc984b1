"""Ordering keys: order within a key, side by side between keys, and a whole key delivered again."""

from typing import Any

import pytest

from tests.contract.local.pubsub.broker import PubSub
from tests.contract.local.pubsub.endpoint import Endpoint
from tests.contract.local.pubsub.waiting import until
from tests.processes import RunningCloud


def data(received: list[Any]) -> list[bytes]:
    """What the messages carry."""
    return [one.message.data for one in received]


@pytest.fixture
def ordered(pubsub: PubSub) -> str:
    """A pull subscription with ordering."""
    pubsub.topic()
    return pubsub.subscription(enable_message_ordering=True)


def test_a_pull_keeps_the_order_of_a_key(pubsub: PubSub, ordered: str) -> None:
    """As published, in one answer."""
    assert ordered
    numbers = [str(number).encode() for number in range(20)]
    for number in numbers:
        pubsub.publish(number, ordering_key="k")
    assert data(pubsub.pull()) == numbers


def test_the_next_of_a_key_waits_for_what_is_out(pubsub: PubSub, ordered: str) -> None:
    """Another pull gets nothing of the key until all that is out is acknowledged; other keys go on."""
    pubsub.publish(b"1", ordering_key="k")
    pubsub.publish(b"2", ordering_key="k")
    (first,) = pubsub.pull(most=1)
    assert pubsub.pull_now() == []
    pubsub.publish(b"other", ordering_key="l")
    assert data(pubsub.pull()) == [b"other"]
    pubsub.subscriber.acknowledge(subscription=ordered, ack_ids=[first.ack_id])
    assert data(pubsub.pull()) == [b"2"]


def test_a_nack_brings_back_everything_after_it(pubsub: PubSub, ordered: str) -> None:
    """Also what was acknowledged already, as documented."""
    for number in (b"1", b"2", b"3"):
        pubsub.publish(number, ordering_key="k")
    first, second, third = pubsub.pull()
    pubsub.subscriber.acknowledge(subscription=ordered, ack_ids=[first.ack_id, third.ack_id])
    pubsub.subscriber.modify_ack_deadline(subscription=ordered, ack_ids=[second.ack_id], ack_deadline_seconds=0)
    again = pubsub.pull()
    assert data(again) == [b"2", b"3"]
    pubsub.subscriber.acknowledge(subscription=ordered, ack_ids=[one.ack_id for one in again])
    assert pubsub.pull_now() == []


def test_an_expired_deadline_brings_back_everything_after_it(pubsub: PubSub, ordered: str, cloud: RunningCloud) -> None:
    """In order again."""
    for number in (b"1", b"2"):
        pubsub.publish(number, ordering_key="k")
    _, second = pubsub.pull()
    pubsub.subscriber.acknowledge(subscription=ordered, ack_ids=[second.ack_id])
    cloud.control.advance(10)
    assert data(pubsub.pull()) == [b"1", b"2"]


def test_a_push_sends_one_of_a_key_at_a_time(pubsub: PubSub, endpoint: Endpoint) -> None:
    """The next is sent when the one before is acknowledged, and failures do not change the order."""
    seen: list[tuple[str, str]] = []
    failed: set[str] = set()

    def answer(push: Any) -> int:
        message = push.envelope["message"]
        seen.append((message["orderingKey"], message["data"]))
        if message["messageId"] not in failed:
            failed.add(message["messageId"])
            return 500
        return 204

    endpoint.answer = answer
    pubsub.push_to(endpoint.url, enable_message_ordering=True)
    for number in range(5):
        for key in ("a", "b"):
            pubsub.publish(str(number).encode(), ordering_key=key)
    until(lambda: len(seen) == 20, "twenty pushes")
    for key in ("a", "b"):
        order = [value for name, value in seen if name == key]
        assert order == sorted(order)


def test_without_ordering_a_key_means_nothing(pubsub: PubSub) -> None:
    """Two pulls may have two messages of one key out at once."""
    pubsub.topic()
    pubsub.subscription()
    pubsub.publish(b"1", ordering_key="k")
    pubsub.publish(b"2", ordering_key="k")
    assert [len(pubsub.pull(most=1)) for _ in range(2)] == [1, 1]


def test_a_stream_gets_later_messages_of_a_key_it_holds(pubsub: PubSub, ordered: str) -> None:
    """In the order of their publication, while the earlier ones are still out."""
    got: list[bytes] = []
    held: list[Any] = []

    def callback(message: Any) -> None:
        got.append(message.data)
        held.append(message)
        message.ack()

    future = pubsub.subscriber.subscribe(ordered, callback)
    numbers = [str(number).encode() for number in range(50)]
    for number in numbers:
        pubsub.publish(number, ordering_key="k")
    until(lambda: len(got) == len(numbers), "all messages")
    future.cancel()
    future.result(timeout=60)
    assert got == numbers
