"""Push deliveries: their formats, what acknowledges them, and how they run side by side."""

import base64

import pytest

from tests.contract.local.pubsub.broker import PubSub
from tests.contract.local.pubsub.clients import clients
from tests.contract.local.pubsub.endpoint import Endpoint, Push, listening
from tests.processes import local_cloud

RAW = {"attributes": {"x-local-push-format": "raw"}}


def test_a_push_is_a_cloudevent_in_binary_mode(pubsub: PubSub, endpoint: Endpoint) -> None:
    """The event is in ce-* headers, and the envelope is the body, as an event trigger sends it."""
    subscription = pubsub.push_to(endpoint.url)
    identity = pubsub.publish(b"ping", kind="greeting")
    (push,) = endpoint.wait(1)
    headers = {name: push.headers[name] for name in push.headers if name.startswith("ce-")}
    time = headers.pop("ce-time")
    assert headers == {
        "ce-id": identity,
        "ce-source": f"//pubsub.googleapis.com/{pubsub.topic_name()}",
        "ce-specversion": "1.0",
        "ce-type": "google.cloud.pubsub.topic.v1.messagePublished",
    }
    assert push.headers["content-type"] == "application/json"
    assert push.envelope == {
        "message": {
            "data": base64.b64encode(b"ping").decode(),
            "attributes": {"kind": "greeting"},
            "messageId": identity,
            "message_id": identity,
            "publishTime": time,
            "publish_time": time,
        },
        "subscription": subscription,
    }


def test_a_subscription_may_ask_for_the_raw_envelope(pubsub: PubSub, endpoint: Endpoint) -> None:
    """The raw push has the same body and no ce-* header."""
    pubsub.push_to(endpoint.url, push_config=RAW)
    identity = pubsub.publish(b"ping")
    (push,) = endpoint.wait(1)
    assert not [name for name in push.headers if name.startswith("ce-")]
    assert push.envelope["message"]["messageId"] == identity
    assert "attributes" not in push.envelope["message"]


def test_the_format_where_no_subscription_says_is_an_option(project: str, endpoint: Endpoint) -> None:
    """`--push-format raw`, and a subscription may still ask for the other."""
    with local_cloud("--services", "pubsub", "--push-format", "raw") as cloud, clients(cloud, project) as pubsub:
        pubsub.push_to(endpoint.url, "plain")
        pubsub.push_to(endpoint.url, "event", push_config={"attributes": {"x-local-push-format": "cloudevent"}})
        pubsub.publish()
        formats = {push.envelope["subscription"]: "ce-id" in push.headers for push in endpoint.wait(2)}
    assert formats == {pubsub.subscription_name("plain"): False, pubsub.subscription_name("event"): True}


def test_a_message_without_data_has_none_in_its_envelope(pubsub: PubSub, endpoint: Endpoint) -> None:
    """As proto's JSON leaves out what is empty."""
    pubsub.push_to(endpoint.url)
    pubsub.publish(b"", kind="bare")
    (push,) = endpoint.wait(1)
    assert "data" not in push.envelope["message"]


def test_an_unwrapped_push_is_the_data_alone(pubsub: PubSub, endpoint: Endpoint) -> None:
    """no_wrapper sends the bytes as they are, without any metadata."""
    pubsub.push_to(endpoint.url, push_config={"no_wrapper": {}})
    pubsub.publish(b"\x00raw", kind="bytes")
    (push,) = endpoint.wait(1)
    assert push.body == b"\x00raw"
    assert "kind" not in push.headers


def test_an_unwrapped_push_may_carry_its_metadata_in_headers(pubsub: PubSub, endpoint: Endpoint) -> None:
    """write_metadata adds the attributes and x-goog-pubsub-* headers."""
    subscription = pubsub.push_to(endpoint.url, push_config={"no_wrapper": {"write_metadata": True}})
    identity = pubsub.publish(b"raw", kind="bytes")
    (push,) = endpoint.wait(1)
    assert push.headers["kind"] == "bytes"
    assert push.headers["x-goog-pubsub-subscription-name"] == subscription
    assert push.headers["x-goog-pubsub-message-id"] == identity


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_these_statuses_acknowledge(pubsub: PubSub, endpoint: Endpoint, status: int) -> None:
    """After such an answer nothing is delivered again: the next message comes alone."""
    pubsub.push_to(endpoint.url)
    endpoint.answer = lambda _: status
    pubsub.publish(b"1")
    endpoint.wait(1)
    pubsub.publish(b"2")
    assert [push.envelope["message"]["data"] for push in endpoint.wait(2)] == ["MQ==", "Mg=="]


@pytest.mark.parametrize("status", [203, 301, 400, 404, 429, 500, 503])
def test_any_other_status_is_delivered_again(pubsub: PubSub, endpoint: Endpoint, status: int) -> None:
    """Also a redirect: it is not followed."""
    pubsub.push_to(endpoint.url)
    endpoint.answer = lambda _: status if len(endpoint.pushes) == 1 else 204
    identity = pubsub.publish()
    assert [push.envelope["message"]["messageId"] for push in endpoint.wait(2)] == [identity, identity]


def test_every_subscription_of_a_topic_gets_every_message(pubsub: PubSub, endpoint: Endpoint) -> None:
    """Each subscription has its own copy and acknowledges for itself."""
    names = {pubsub.push_to(endpoint.url, name) for name in ("first", "second")}
    pubsub.publish()
    assert {push.envelope["subscription"] for push in endpoint.wait(2)} == names


def test_deliveries_of_one_subscription_run_side_by_side(pubsub: PubSub, endpoint: Endpoint) -> None:
    """A second message does not wait for the answer to the first."""
    pubsub.push_to(endpoint.url)

    def answer(_: Push) -> int:
        endpoint.released.wait()
        return 204

    endpoint.answer = answer
    pubsub.publish(b"1")
    pubsub.publish(b"2")
    assert len(endpoint.wait(2)) == 2
    endpoint.released.set()


def test_a_slow_endpoint_delays_no_other_subscription(pubsub: PubSub, endpoint: Endpoint) -> None:
    """While one endpoint lets every push hang, another gets all of its own."""
    with listening() as slow:
        pubsub.push_to(slow.url, "slow")
        pubsub.push_to(endpoint.url, "fast")

        def hang(_: Push) -> int:
            slow.released.wait()
            return 204

        slow.answer = hang
        for _ in range(50):
            pubsub.publish()
        assert len(endpoint.wait(50)) == 50
        slow.released.set()


def test_an_endpoint_that_nobody_listens_at_is_tried_again(pubsub: PubSub, endpoint: Endpoint) -> None:
    """A refused connection is a failed delivery; the message comes once somebody listens."""
    subscription = pubsub.push_to("http://127.0.0.1:9/nobody")
    pubsub.publish()
    pubsub.subscriber.modify_push_config(subscription=subscription, push_config={"push_endpoint": endpoint.url})
    endpoint.wait(1)
