"""Subscriptions: made, changed, listed, detached, deleted."""

from typing import Any

import pytest
from google.api_core.exceptions import (
    AlreadyExists,
    FailedPrecondition,
    InvalidArgument,
    MethodNotImplemented,
    NotFound,
)

from tests.contract.local.pubsub.broker import PubSub
from tests.contract.local.pubsub.endpoint import Endpoint, listening

DAY = 86_400


def test_a_subscription_shows_its_defaults(pubsub: PubSub) -> None:
    """10 s to acknowledge, 7 days of retention, 31 days to expiry."""
    topic = pubsub.topic()
    got = pubsub.subscriber.get_subscription(subscription=pubsub.subscription())
    assert got.topic == topic
    assert got.ack_deadline_seconds == 10
    assert got.message_retention_duration.total_seconds() == 7 * DAY
    assert got.expiration_policy.ttl.total_seconds() == 31 * DAY
    assert got.state.name == "ACTIVE"
    assert "retry_policy" not in got
    assert "dead_letter_policy" not in got


def test_policies_have_defaults_of_their_own(pubsub: PubSub) -> None:
    """A retry policy of 10 to 600 s, and 5 attempts before the dead-letter topic."""
    pubsub.topic()
    dead = pubsub.topic("dead")
    name = pubsub.subscription(retry_policy={}, dead_letter_policy={"dead_letter_topic": dead}, expiration_policy={})
    got = pubsub.subscriber.get_subscription(subscription=name)
    assert got.retry_policy.minimum_backoff.total_seconds() == 10
    assert got.retry_policy.maximum_backoff.total_seconds() == 600
    assert got.dead_letter_policy.max_delivery_attempts == 5
    assert "ttl" not in got.expiration_policy


def test_a_push_subscription_shows_its_endpoint(pubsub: PubSub, endpoint: Endpoint) -> None:
    """With the version of the format, as a get always does."""
    got = pubsub.subscriber.get_subscription(subscription=pubsub.push_to(endpoint.url))
    assert got.push_config.push_endpoint == endpoint.url
    assert dict(got.push_config.attributes) == {"x-goog-version": "v1"}


def test_a_subscription_is_made_once_and_of_a_topic(pubsub: PubSub) -> None:
    """ALREADY_EXISTS, and NOT_FOUND without the topic or the dead-letter topic."""
    with pytest.raises(NotFound):
        pubsub.subscription()
    pubsub.topic()
    with pytest.raises(NotFound):
        pubsub.subscription(dead_letter_policy={"dead_letter_topic": pubsub.topic_name("dead")})
    pubsub.subscription()
    with pytest.raises(AlreadyExists):
        pubsub.subscription()


@pytest.mark.parametrize(
    "settings",
    [
        {"ack_deadline_seconds": 9},
        {"ack_deadline_seconds": 601},
        {"message_retention_duration": {"seconds": 599}},
        {"message_retention_duration": {"seconds": 31 * DAY + 1}},
        {"expiration_policy": {"ttl": {"seconds": DAY - 1}}},
        {"retry_policy": {"minimum_backoff": {"seconds": 601}}},
        {"retry_policy": {"minimum_backoff": {"seconds": 9}, "maximum_backoff": {"seconds": 8}}},
        {"dead_letter_policy": {"dead_letter_topic": "nonsense"}},
        {"dead_letter_policy": {"dead_letter_topic": "projects/p/topics/dead", "max_delivery_attempts": 4}},
        {"dead_letter_policy": {"dead_letter_topic": "projects/p/topics/dead", "max_delivery_attempts": 101}},
        {"push_config": {"push_endpoint": "ftp://example.com"}},
        {"push_config": {"push_endpoint": "http://x", "attributes": {"x-local-push-format": "morse"}}},
        {"push_config": {"push_endpoint": "http://x", "attributes": {"nonsense": "1"}}},
        {"detached": True},
    ],
)
def test_settings_out_of_bounds_are_refused(pubsub: PubSub, settings: dict[str, Any]) -> None:
    """INVALID_ARGUMENT."""
    pubsub.topic()
    with pytest.raises(InvalidArgument):
        pubsub.subscription(**settings)


@pytest.mark.parametrize(
    "settings",
    [
        {"enable_exactly_once_delivery": True},
        {"retain_acked_messages": True},
        {"bigquery_config": {"table": "p.d.t"}},
        {"cloud_storage_config": {"bucket": "b"}},
        {"bigtable_config": {"table": "projects/p/instances/i/tables/t"}},
        {"message_transforms": [{"javascript_udf": {"function_name": "f", "code": "c"}}]},
        {"tags": {"123/environment": "production"}},
    ],
)
def test_a_setting_that_is_not_implemented_is_refused_by_name(pubsub: PubSub, settings: dict[str, Any]) -> None:
    """Rather than ignored."""
    pubsub.topic()
    (field,) = settings
    with pytest.raises(MethodNotImplemented, match=f"Subscription.{field}"):
        pubsub.subscription(**settings)


def test_a_token_for_the_endpoint_is_refused_by_name(pubsub: PubSub) -> None:
    """Nothing here could sign one that anybody would believe."""
    pubsub.topic()
    push = {"push_endpoint": "http://127.0.0.1:9", "oidc_token": {"service_account_email": "a@b.c"}}
    with pytest.raises(MethodNotImplemented, match="oidc_token"):
        pubsub.subscription(push_config=push)


def test_a_subscription_is_updated_by_mask(pubsub: PubSub) -> None:
    """What the mask names is replaced, or cleared where nothing is given; the rest stays."""
    pubsub.topic()
    name = pubsub.subscription(retry_policy={}, labels={"a": "1"})
    given = {"name": name, "ack_deadline_seconds": 77, "retry_policy": {"minimum_backoff": {"seconds": 1}}}
    mask = {"paths": ["ack_deadline_seconds", "retry_policy.minimum_backoff"]}
    updated = pubsub.subscriber.update_subscription(subscription=given, update_mask=mask)
    assert updated.ack_deadline_seconds == 77
    assert updated.retry_policy.minimum_backoff.total_seconds() == 1
    assert updated.retry_policy.maximum_backoff.total_seconds() == 600
    cleared = pubsub.subscriber.update_subscription(
        subscription={"name": name}, update_mask={"paths": ["retry_policy"]}
    )
    assert "retry_policy" not in cleared
    assert cleared.ack_deadline_seconds == 77
    assert dict(cleared.labels) == {"a": "1"}


@pytest.mark.parametrize("paths", [[], ["name"], ["topic"], ["enable_message_ordering"], ["detached"], ["nonsense"]])
def test_a_mask_that_cannot_be_followed_is_refused(pubsub: PubSub, paths: list[str]) -> None:
    """Empty, or of a field that is fixed, or is none."""
    pubsub.topic()
    with pytest.raises(InvalidArgument):
        pubsub.subscriber.update_subscription(
            subscription={"name": pubsub.subscription()}, update_mask={"paths": paths}
        )


def test_an_update_rules_what_is_already_there(pubsub: PubSub) -> None:
    """A dead-letter policy added later counts the failures from before."""
    pubsub.topic()
    dead = pubsub.topic("dead")
    name = pubsub.subscription()
    pubsub.publish()
    (received,) = pubsub.pull()
    pubsub.subscriber.modify_ack_deadline(subscription=name, ack_ids=[received.ack_id], ack_deadline_seconds=0)
    policy = {"name": name, "dead_letter_policy": {"dead_letter_topic": dead}}
    pubsub.subscriber.update_subscription(subscription=policy, update_mask={"paths": ["dead_letter_policy"]})
    (received,) = pubsub.pull()
    assert received.delivery_attempt == 2


def test_subscriptions_are_listed_by_name_in_pages(pubsub: PubSub) -> None:
    """Each once, whatever the size of the page."""
    pubsub.topic()
    names = sorted(pubsub.subscription(f"sub-{number:02}") for number in range(5))
    pages = list(pubsub.subscriber.list_subscriptions(request={"project": pubsub.parent, "page_size": 2}).pages)
    assert [subscription.name for page in pages for subscription in page.subscriptions] == names
    assert len(pages) == 3


def test_a_pull_subscription_becomes_a_push_one_and_back(pubsub: PubSub, endpoint: Endpoint) -> None:
    """What it has goes to the endpoint, and what comes after is pulled again."""
    pubsub.topic()
    name = pubsub.subscription()
    pubsub.publish(b"pushed")
    pubsub.subscriber.modify_push_config(subscription=name, push_config={"push_endpoint": endpoint.url})
    endpoint.wait(1)
    pubsub.subscriber.modify_push_config(subscription=name, push_config={})
    pubsub.publish(b"pulled")
    assert [received.message.data for received in pubsub.pull()] == [b"pulled"]
    assert "push_config" not in pubsub.subscriber.get_subscription(subscription=name)


def test_the_endpoint_can_be_changed(pubsub: PubSub, endpoint: Endpoint) -> None:
    """What failed at the old one goes to the new one."""
    with listening() as old:
        old.answer = lambda _: 500
        name = pubsub.push_to(old.url)
        pubsub.publish(b"moved")
        old.wait(1)
        push = {"name": name, "push_config": {"push_endpoint": endpoint.url}}
        pubsub.subscriber.update_subscription(subscription=push, update_mask={"paths": ["push_config"]})
        endpoint.wait(1)


def test_a_detached_subscription_gets_nothing_and_gives_nothing(pubsub: PubSub) -> None:
    """Its messages are gone, it is not its topic's any more, and a pull is FAILED_PRECONDITION."""
    topic = pubsub.topic()
    name = pubsub.subscription()
    pubsub.publish()
    pubsub.publisher.detach_subscription(request={"subscription": name})
    pubsub.publish()
    assert pubsub.subscriber.get_subscription(subscription=name).detached
    assert list(pubsub.publisher.list_topic_subscriptions(topic=topic)) == []
    with pytest.raises(FailedPrecondition):
        pubsub.pull()


def test_a_detached_push_subscription_pushes_no_more(pubsub: PubSub, endpoint: Endpoint) -> None:
    """Other subscriptions of the topic do."""
    name = pubsub.push_to(endpoint.url, "cut")
    other = pubsub.push_to(endpoint.url, "kept")
    pubsub.publisher.detach_subscription(request={"subscription": name})
    pubsub.publish()
    pubsub.publish()
    assert {push.envelope["subscription"] for push in endpoint.wait(2)} == {other}


def test_a_deleted_subscription_is_gone_with_its_messages(pubsub: PubSub) -> None:
    """One made anew under the name begins empty."""
    pubsub.topic()
    name = pubsub.subscription()
    pubsub.publish()
    pubsub.subscriber.delete_subscription(subscription=name)
    with pytest.raises(NotFound):
        pubsub.subscriber.get_subscription(subscription=name)
    pubsub.subscription()
    assert pubsub.pull_now() == []


def test_a_subscription_may_be_of_another_project_than_its_topic(pubsub: PubSub) -> None:
    """As at Google's."""
    topic = pubsub.topic()
    name = f"projects/{pubsub.project}-other/subscriptions/worker"
    pubsub.subscriber.create_subscription(request={"name": name, "topic": topic})
    pubsub.publish(b"across")
    answer = pubsub.subscriber.pull(request={"subscription": name, "max_messages": 1}, timeout=60)
    assert [received.message.data for received in answer.received_messages] == [b"across"]
