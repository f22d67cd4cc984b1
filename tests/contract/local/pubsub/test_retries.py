"""What becomes of a delivery that failed: another try, after a while, or the dead-letter topic."""

from tests.contract.local.pubsub.broker import PubSub
from tests.contract.local.pubsub.endpoint import Endpoint
from tests.contract.local.pubsub.waiting import advance_until, until
from tests.processes import RunningCloud

ATTEMPTS = 5


def dead_letters(pubsub: PubSub) -> dict[str, object]:
    """A dead-letter topic with a subscription to look into it; gives the policy."""
    pubsub.topic("dead")
    pubsub.subscription("graveyard", "dead")
    return {"dead_letter_topic": pubsub.topic_name("dead"), "max_delivery_attempts": ATTEMPTS}


def test_a_nack_makes_a_message_ready_at_once(pubsub: PubSub) -> None:
    """Without a retry policy nothing is waited for."""
    pubsub.topic()
    subscription = pubsub.subscription()
    pubsub.publish(b"again")
    (first,) = pubsub.pull()
    pubsub.subscriber.modify_ack_deadline(subscription=subscription, ack_ids=[first.ack_id], ack_deadline_seconds=0)
    (second,) = pubsub.pull()
    assert second.message.message_id == first.message.message_id
    assert second.ack_id != first.ack_id


def test_a_retry_policy_makes_a_nack_wait(pubsub: PubSub, cloud: RunningCloud) -> None:
    """The wait begins with the minimum and doubles with each failure up to the maximum."""
    pubsub.topic()
    policy = {"minimum_backoff": {"seconds": 100}, "maximum_backoff": {"seconds": 300}}
    subscription = pubsub.subscription(retry_policy=policy)
    pubsub.publish()
    for wait in (100, 200, 300, 300):
        (received,) = pubsub.pull()
        pubsub.subscriber.modify_ack_deadline(
            subscription=subscription, ack_ids=[received.ack_id], ack_deadline_seconds=0
        )
        cloud.control.advance(wait - 20)
        assert pubsub.pull_now() == []
        cloud.control.advance(20)
    assert len(pubsub.pull()) == 1


def test_a_message_not_acknowledged_in_time_is_delivered_again(pubsub: PubSub, cloud: RunningCloud) -> None:
    """After the subscription's ack deadline, not before."""
    pubsub.topic()
    pubsub.subscription(ack_deadline_seconds=60)
    identity = pubsub.publish()
    pubsub.pull()
    cloud.control.advance(55)
    assert pubsub.pull_now() == []
    cloud.control.advance(5)
    assert [received.message.message_id for received in pubsub.pull()] == [identity]


def test_a_push_without_an_answer_in_time_is_sent_again(
    pubsub: PubSub, endpoint: Endpoint, cloud: RunningCloud
) -> None:
    """The ack deadline is the time-out of the request."""
    endpoint.answer = lambda _: 204 if endpoint.released.wait() else 500
    pubsub.push_to(endpoint.url, ack_deadline_seconds=30)
    pubsub.publish()
    endpoint.wait(1)
    advance_until(cloud.control, 30, lambda: len(endpoint.pushes) > 1, "the second push")
    endpoint.released.set()


def test_one_bad_message_under_a_retry_policy_slows_no_other(
    pubsub: PubSub, endpoint: Endpoint, cloud: RunningCloud
) -> None:
    """Failures that come seldom bring no pause for what is published meanwhile."""
    endpoint.answer = lambda push: 500 if push.attributes else 204
    pubsub.push_to(endpoint.url, retry_policy={"minimum_backoff": {"seconds": 10}})
    pubsub.publish(b"bad", bad="yes")
    while len(endpoint.pushes) < 10:
        tries = len(endpoint.pushes)
        advance_until(cloud.control, 300, lambda: len(endpoint.pushes) > tries, "another try")  # noqa: B023 - called within the round
    pubsub.publish(b"good")
    until(lambda: not endpoint.pushes[-1].attributes, "the good message")


def test_delivery_attempts_are_only_told_with_a_dead_letter_policy(pubsub: PubSub, endpoint: Endpoint) -> None:
    """They count from 1 in the envelope of a push."""
    endpoint.answer = lambda push: 204 if push.envelope.get("deliveryAttempt", 9) > 2 else 500
    policy = dead_letters(pubsub)
    pubsub.push_to(endpoint.url, "counting", dead_letter_policy=policy)
    pubsub.publish()
    assert [push.envelope["deliveryAttempt"] for push in endpoint.wait(3)] == [1, 2, 3]


def test_a_message_that_fails_too_often_goes_to_the_dead_letter_topic(pubsub: PubSub, endpoint: Endpoint) -> None:
    """It keeps its data and attributes, and says where it comes from."""
    endpoint.answer = lambda _: 500
    pubsub.push_to(endpoint.url, dead_letter_policy=dead_letters(pubsub))
    pubsub.publish(b"poison", kind="bad")
    endpoint.wait(ATTEMPTS)
    (dead,) = pubsub.pull("graveyard")
    attributes = dict(dead.message.attributes)
    assert attributes.pop("CloudPubSubDeadLetterSourceTopicPublishTime").endswith("+00:00")
    assert dead.message.data == b"poison"
    assert attributes == {
        "kind": "bad",
        "CloudPubSubDeadLetterSourceDeliveryCount": str(ATTEMPTS),
        "CloudPubSubDeadLetterSourceSubscription": "worker",
        "CloudPubSubDeadLetterSourceSubscriptionProject": pubsub.project,
    }
    assert len(endpoint.pushes) == ATTEMPTS


def test_expired_deadlines_count_as_attempts_too(pubsub: PubSub, cloud: RunningCloud) -> None:
    """A subscriber that only lets messages lie loses them to the dead-letter topic."""
    pubsub.topic()
    pubsub.subscription(dead_letter_policy=dead_letters(pubsub))
    pubsub.publish(b"ignored")
    for attempt in range(1, ATTEMPTS + 1):
        (received,) = pubsub.pull()
        assert received.delivery_attempt == attempt
        cloud.control.advance(10)
    assert [dead.message.data for dead in pubsub.pull("graveyard")] == [b"ignored"]


def test_pushes_to_an_endpoint_that_fails_slow_down(pubsub: PubSub, endpoint: Endpoint, cloud: RunningCloud) -> None:
    """After a few failures in a row there are pauses, by the clock; one success ends them."""
    endpoint.answer = lambda _: 500
    pubsub.push_to(endpoint.url)
    pubsub.publish(b"hard")
    advance_until(cloud.control, 0.5, lambda: len(endpoint.pushes) >= 12, "twelve pushes")
    # By now a pause is many seconds long.
    pubsub.publish(b"other")
    before = len(endpoint.pushes)
    assert before <= 13
    endpoint.answer = lambda _: 204
    advance_until(cloud.control, 60, lambda: len(endpoint.pushes) >= before + 2, "both pushes")
    for _ in range(20):
        pubsub.publish()
    until(lambda: len(endpoint.pushes) >= before + 22, "the pushes after the success")
