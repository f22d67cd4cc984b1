"""Publishing: what is taken, and the limits."""

from typing import Any

import pytest
from google.api_core.exceptions import InvalidArgument

from tests.contract.local.pubsub.broker import PubSub
from tests.contract.local.pubsub.endpoint import Endpoint


@pytest.fixture
def topic(pubsub: PubSub) -> str:
    """A topic with a pull subscription."""
    name = pubsub.topic()
    pubsub.subscription()
    return name


def test_every_message_has_an_id_of_its_own(pubsub: PubSub, topic: str) -> None:
    """In the order of the request."""
    answer = pubsub.api.publish(topic=topic, messages=[{"data": str(number).encode()} for number in range(1000)])
    assert len(set(answer.message_ids)) == 1000
    received = [one for _ in range(10) for one in pubsub.pull(most=100)]
    by_id = {one.message.message_id: one.message.data for one in received}
    assert [by_id[identity] for identity in answer.message_ids] == [str(number).encode() for number in range(1000)]


def test_the_client_librarys_batches_arrive(pubsub: PubSub, topic: str) -> None:
    """Futures give the ids, whatever requests the library makes of them."""
    futures = [pubsub.publisher.publish(topic, str(number).encode()) for number in range(300)]
    assert len({future.result(timeout=60) for future in futures}) == 300


def test_a_message_as_large_as_allowed_is_taken(pubsub: PubSub, endpoint: Endpoint) -> None:
    """And delivered whole."""
    pubsub.push_to(endpoint.url, push_config={"no_wrapper": {}})
    data = b"x" * 9_999_000
    pubsub.api.publish(topic=pubsub.topic_name(), messages=[{"data": data}])
    assert endpoint.wait(1)[0].body == data


def test_pulls_are_cut_to_what_a_plain_channel_takes(pubsub: PubSub, topic: str) -> None:
    """Of several large messages, one comes at a time."""
    pubsub.api.publish(topic=topic, messages=[{"data": b"x" * 3_000_000}] * 3)
    assert [len(pubsub.pull()) for _ in range(3)] == [1, 1, 1]


def test_without_a_subscription_a_message_goes_nowhere(pubsub: PubSub) -> None:
    """A subscription gets what is published after it was made."""
    pubsub.topic()
    pubsub.publish(b"early")
    pubsub.subscription()
    pubsub.publish(b"late")
    assert [received.message.data for received in pubsub.pull()] == [b"late"]


@pytest.mark.parametrize(
    ("messages", "what"),
    [
        ([], "too small"),
        ([{"data": b"x"}] * 1001, "too large"),
        ([{}], "empty"),
        ([{"data": b""}], "empty"),
        ([{"data": b"x" * 10_000_000}], "payload size"),
        ([{"data": b"x", "attributes": {str(number): "v" for number in range(101)}}], "at most 100 attributes"),
        ([{"data": b"x", "attributes": {"k" * 257: "v"}}], "256 bytes"),
        ([{"data": b"x", "attributes": {"": "v"}}], "256 bytes"),
        ([{"data": b"x", "attributes": {"k": "ü" * 513}}], "1024 bytes"),
        ([{"data": b"x", "attributes": {"google": "v"}}], "goog"),
        ([{"data": b"x", "ordering_key": "k" * 1025}], "ordering key"),
        ([{"data": b"x", "ordering_key": "a"}, {"data": b"x", "ordering_key": "b"}], "ordering key"),
    ],
)
def test_what_breaks_a_limit_is_refused_whole(
    pubsub: PubSub, topic: str, messages: list[dict[str, Any]], what: str
) -> None:
    """INVALID_ARGUMENT that names the limit; nothing of the request is published."""
    with pytest.raises(InvalidArgument, match=what):
        pubsub.api.publish(topic=topic, messages=messages)
    assert pubsub.pull_now() == []


def test_attributes_at_their_limits_are_taken(pubsub: PubSub, topic: str) -> None:
    """100 of them, keys of 256 bytes, values of 1024."""
    attributes = {f"{number:03}".ljust(256, "k"): "v" * 1024 for number in range(100)}
    pubsub.api.publish(topic=topic, messages=[{"attributes": attributes, "ordering_key": "k" * 1024}])
    (received,) = pubsub.pull()
    assert dict(received.message.attributes) == attributes
