"""Faults of deliveries and calls, and the counts of both."""

import pytest
from google.api_core.exceptions import ServiceUnavailable

from tests.contract.local.pubsub.broker import PubSub
from tests.contract.local.pubsub.endpoint import Endpoint
from tests.contract.local.pubsub.waiting import advance_until
from tests.processes import RunningCloud


def test_a_dropped_push_comes_again_after_the_ack_deadline(
    pubsub: PubSub, endpoint: Endpoint, cloud: RunningCloud
) -> None:
    """It never arrives, and nobody says so; the service notices by the deadline."""
    with cloud.control.fault("pubsub", "Deliver", effect="drop", count=1) as fault:
        pubsub.push_to(endpoint.url, ack_deadline_seconds=60)
        identity = pubsub.publish()
        advance_until(cloud.control, 60, lambda: bool(endpoint.pushes), "the push")
        assert cloud.control.hits(fault) == 1
    # More than once, where the clock was moved on while it was under way.
    assert {push.envelope["message"]["messageId"] for push in endpoint.pushes} == {identity}


def test_a_duplicated_push_arrives_twice(pubsub: PubSub, endpoint: Endpoint, cloud: RunningCloud) -> None:
    """Though both are acknowledged."""
    with cloud.control.fault("pubsub", "Deliver", effect="duplicate", count=1):
        pubsub.push_to(endpoint.url)
        identity = pubsub.publish()
        assert [push.envelope["message"]["messageId"] for push in endpoint.wait(2)] == [identity] * 2


def test_a_reordered_push_is_overtaken(pubsub: PubSub, endpoint: Endpoint, cloud: RunningCloud) -> None:
    """What is published right after it arrives first."""
    with cloud.control.fault("pubsub", "Deliver", effect="reorder", count=1):
        pubsub.push_to(endpoint.url)
        answer = pubsub.api.publish(topic=pubsub.topic_name(), messages=[{"data": b"1"}, {"data": b"2"}])
        arrived = [push.envelope["message"]["messageId"] for push in endpoint.wait(2)]
    assert arrived == list(reversed(answer.message_ids))


def test_a_lost_answer_makes_a_push_come_again(pubsub: PubSub, endpoint: Endpoint, cloud: RunningCloud) -> None:
    """The endpoint did its work, and is asked once more."""
    with cloud.control.fault("pubsub", "Deliver", effect="lose_response", count=1):
        pubsub.push_to(endpoint.url)
        identity = pubsub.publish()
        assert [push.envelope["message"]["messageId"] for push in endpoint.wait(2)] == [identity] * 2


def test_a_push_that_is_refused_on_the_way_comes_again(pubsub: PubSub, endpoint: Endpoint, cloud: RunningCloud) -> None:
    """It counts as an attempt."""
    pubsub.topic("dead")
    policy = {"dead_letter_topic": pubsub.topic_name("dead"), "max_delivery_attempts": 5}
    with cloud.control.fault("pubsub", "Deliver", effect="error", count=1):
        pubsub.push_to(endpoint.url, dead_letter_policy=policy)
        pubsub.publish()
        (push,) = endpoint.wait(1)
    assert push.envelope["deliveryAttempt"] == 2


def test_pulled_messages_meet_the_same_faults(pubsub: PubSub, cloud: RunningCloud) -> None:
    """A duplicate has an ack id of its own, and either of the two acknowledges."""
    pubsub.topic()
    subscription = pubsub.subscription()
    with cloud.control.fault("pubsub", "Deliver", effect="duplicate", count=1):
        pubsub.publish()
        first, second = pubsub.pull()
    assert first.message == second.message
    assert first.ack_id != second.ack_id
    pubsub.subscriber.acknowledge(subscription=subscription, ack_ids=[second.ack_id])
    cloud.control.advance(60)
    assert pubsub.pull_now() == []


def test_a_publish_whose_answer_is_lost_has_taken_place(pubsub: PubSub, cloud: RunningCloud) -> None:
    """The retry of the client publishes a second message, as it would at Google's."""
    pubsub.topic()
    pubsub.subscription()
    with cloud.control.fault("pubsub", "Publish", effect="lose_response", count=1):
        pubsub.api.publish(topic=pubsub.topic_name(), messages=[{"data": b"once"}])
    assert [received.message.data for received in pubsub.pull()] == [b"once", b"once"]


def test_a_publish_that_is_refused_has_not(pubsub: PubSub, cloud: RunningCloud) -> None:
    """The error is the one asked for."""
    pubsub.topic()
    pubsub.subscription()
    with (
        cloud.control.fault("pubsub", "Publish", code="UNAVAILABLE"),
        pytest.raises(ServiceUnavailable, match="injected"),
    ):
        pubsub.api.publish(topic=pubsub.topic_name(), messages=[{"data": b"never"}], retry=None)
    assert pubsub.pull_now() == []


def test_calls_and_deliveries_are_counted(pubsub: PubSub, endpoint: Endpoint, cloud: RunningCloud) -> None:
    """By RPC, and as Deliver."""
    pubsub.push_to(endpoint.url)
    cloud.control.reset_counts()
    with cloud.control.tracing() as calls:
        pubsub.publish()
        endpoint.wait(1)
        own = [call["method"] for call in calls() if pubsub.project in call["about"]]
    assert own == ["Publish", "Deliver"]
    counts = cloud.control.counts()
    assert counts["pubsub.Publish"] == 1
    assert counts["pubsub.Deliver"] >= 1  # other tests' endpoints may be tried again
