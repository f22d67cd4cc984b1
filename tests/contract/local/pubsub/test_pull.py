"""Pull, acknowledge and modify deadlines, one call at a time."""

import pytest
from google.api_core.exceptions import FailedPrecondition, InvalidArgument, NotFound

from tests.contract.local.pubsub.broker import PubSub
from tests.contract.local.pubsub.endpoint import Endpoint
from tests.processes import RunningCloud


@pytest.fixture
def worker(pubsub: PubSub) -> str:
    """A pull subscription to `events`."""
    pubsub.topic()
    return pubsub.subscription()


def test_a_pull_gives_the_message_as_it_was_published(pubsub: PubSub, worker: str) -> None:
    """Data, attributes, id and publish time; no delivery attempt without a dead-letter policy."""
    assert worker
    identity = pubsub.publish(b"ping", kind="greeting")
    (received,) = pubsub.pull()
    assert received.message.data == b"ping"
    assert dict(received.message.attributes) == {"kind": "greeting"}
    assert received.message.message_id == identity
    assert received.message.publish_time.timestamp() > 0
    assert received.delivery_attempt == 0


def test_a_pull_gives_at_most_as_many_as_asked_for(pubsub: PubSub, worker: str) -> None:
    """The rest comes with the next pull; nothing comes twice."""
    assert worker
    published = {pubsub.publish(str(number).encode()) for number in range(5)}
    first, second = pubsub.pull(most=3), pubsub.pull(most=3)
    assert (len(first), len(second)) == (3, 2)
    assert {received.message.message_id for received in [*first, *second]} == published


def test_what_is_acknowledged_never_comes_again(pubsub: PubSub, worker: str, cloud: RunningCloud) -> None:
    """Not even after its ack deadline."""
    pubsub.publish()
    (received,) = pubsub.pull()
    pubsub.subscriber.acknowledge(subscription=worker, ack_ids=[received.ack_id])
    cloud.control.advance(600)
    assert pubsub.pull_now() == []


def test_acknowledging_twice_is_no_error(pubsub: PubSub, worker: str) -> None:
    """As the real service has it without exactly-once delivery."""
    pubsub.publish()
    (received,) = pubsub.pull()
    for _ in range(2):
        pubsub.subscriber.acknowledge(subscription=worker, ack_ids=[received.ack_id])


def test_the_acknowledgement_of_an_earlier_delivery_changes_nothing(
    pubsub: PubSub, worker: str, cloud: RunningCloud
) -> None:
    """Once the message was delivered again, only that delivery's ack id counts."""
    pubsub.publish()
    (first,) = pubsub.pull()
    cloud.control.advance(10)
    (second,) = pubsub.pull()
    pubsub.subscriber.acknowledge(subscription=worker, ack_ids=[first.ack_id])
    cloud.control.advance(10)
    (third,) = pubsub.pull()
    assert third.message.message_id == second.message.message_id


def test_a_late_acknowledgement_counts_while_nobody_else_has_the_message(
    pubsub: PubSub, worker: str, cloud: RunningCloud
) -> None:
    """Acknowledging after the deadline may succeed: here it does, before the next delivery."""
    pubsub.publish()
    (received,) = pubsub.pull()
    cloud.control.advance(11)
    pubsub.subscriber.acknowledge(subscription=worker, ack_ids=[received.ack_id])
    assert pubsub.pull_now() == []


def test_a_deadline_can_be_extended(pubsub: PubSub, worker: str, cloud: RunningCloud) -> None:
    """It counts from the call."""
    pubsub.publish()
    (received,) = pubsub.pull()
    pubsub.subscriber.modify_ack_deadline(subscription=worker, ack_ids=[received.ack_id], ack_deadline_seconds=300)
    cloud.control.advance(290)
    assert pubsub.pull_now() == []
    cloud.control.advance(10)
    assert len(pubsub.pull()) == 1


def test_a_pull_waits_for_a_first_message(pubsub: PubSub, worker: str) -> None:
    """A message published while the pull waits ends it."""
    assert worker
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(pubsub.pull)
        pubsub.publish(b"at last")
        assert [received.message.data for received in waiting.result()] == [b"at last"]


def test_an_ack_id_that_is_none_is_refused(pubsub: PubSub, worker: str) -> None:
    """By acknowledge and modify_ack_deadline alike."""
    with pytest.raises(InvalidArgument, match="nonsense"):
        pubsub.subscriber.acknowledge(subscription=worker, ack_ids=["nonsense"])
    with pytest.raises(InvalidArgument, match="nonsense"):
        pubsub.subscriber.modify_ack_deadline(subscription=worker, ack_ids=["nonsense"], ack_deadline_seconds=10)


@pytest.mark.parametrize("seconds", [-1, 601])
def test_a_deadline_out_of_bounds_is_refused(pubsub: PubSub, worker: str, seconds: int) -> None:
    """It is 0 to 600 seconds."""
    pubsub.publish()
    (received,) = pubsub.pull()
    with pytest.raises(InvalidArgument):
        pubsub.subscriber.modify_ack_deadline(
            subscription=worker, ack_ids=[received.ack_id], ack_deadline_seconds=seconds
        )


def test_a_push_subscription_cannot_be_pulled(pubsub: PubSub, endpoint: Endpoint) -> None:
    """FAILED_PRECONDITION, as at Google's."""
    pubsub.push_to(endpoint.url)
    with pytest.raises(FailedPrecondition):
        pubsub.pull()


def test_a_subscription_that_does_not_exist_cannot_be_pulled(pubsub: PubSub) -> None:
    """NOT_FOUND."""
    with pytest.raises(NotFound):
        pubsub.pull("nobody")


def test_messages_are_forgotten_after_the_retention(pubsub: PubSub, cloud: RunningCloud) -> None:
    """A message that nobody acknowledged is gone when it is older than the subscription keeps them."""
    pubsub.topic()
    pubsub.subscription(message_retention_duration={"seconds": 600})
    pubsub.publish(b"old")
    cloud.control.advance(601)
    pubsub.publish(b"new")
    assert [received.message.data for received in pubsub.pull()] == [b"new"]


def test_the_retention_of_the_topic_counts_if_it_is_longer(pubsub: PubSub, cloud: RunningCloud) -> None:
    """And is shown in the subscription."""
    pubsub.topic(message_retention_duration={"seconds": 7200})
    subscription = pubsub.subscription(message_retention_duration={"seconds": 600})
    shown = pubsub.subscriber.get_subscription(subscription=subscription)
    assert shown.topic_message_retention_duration.total_seconds() == 7200
    pubsub.publish(b"kept")
    cloud.control.advance(7000)
    assert [received.message.data for received in pubsub.pull()] == [b"kept"]
