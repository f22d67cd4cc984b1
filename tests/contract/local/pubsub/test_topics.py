"""Topics: made, changed, listed, deleted."""

from typing import Any

import pytest
from google.api_core.exceptions import AlreadyExists, InvalidArgument, MethodNotImplemented, NotFound

from tests.contract.local.pubsub.broker import PubSub


def test_a_topic_is_given_back_as_it_was_made(pubsub: PubSub) -> None:
    """With its labels and retention, and active."""
    made = pubsub.publisher.create_topic(
        request={
            "name": pubsub.topic_name(),
            "labels": {"team": "darkroom"},
            "message_retention_duration": {"seconds": 3600},
        }
    )
    got = pubsub.publisher.get_topic(topic=made.name)
    assert got == made
    assert dict(got.labels) == {"team": "darkroom"}
    assert got.message_retention_duration.total_seconds() == 3600
    assert got.state.name == "ACTIVE"


def test_a_topic_is_made_once(pubsub: PubSub) -> None:
    """ALREADY_EXISTS the second time."""
    pubsub.topic()
    with pytest.raises(AlreadyExists):
        pubsub.topic()


@pytest.mark.parametrize("name", ["1st", "ab", "goog-topic", "with space", "ü" * 5, "x" * 256, ""])
def test_a_bad_name_is_refused(pubsub: PubSub, name: str) -> None:
    """3 to 255 of the allowed characters, a letter first, not beginning with goog."""
    with pytest.raises(InvalidArgument):
        pubsub.topic(name)


@pytest.mark.parametrize("name", ["abc", "A-b_c.d~e+f%g", "x" * 255])
def test_a_good_name_is_taken(pubsub: PubSub, name: str) -> None:
    """Also at the bounds."""
    pubsub.topic(name)


def test_what_does_not_exist_is_not_found(pubsub: PubSub) -> None:
    """By get, delete, publish and list alike."""
    name = pubsub.topic_name("missing")
    with pytest.raises(NotFound):
        pubsub.publisher.get_topic(topic=name)
    with pytest.raises(NotFound):
        pubsub.publisher.delete_topic(topic=name)
    with pytest.raises(NotFound):
        pubsub.api.publish(topic=name, messages=[{"data": b"x"}])
    with pytest.raises(NotFound):
        pubsub.publisher.list_topic_subscriptions(topic=name)


def test_a_name_of_another_form_is_refused(pubsub: PubSub) -> None:
    """INVALID_ARGUMENT rather than NOT_FOUND."""
    with pytest.raises(InvalidArgument):
        pubsub.publisher.get_topic(topic="events")
    with pytest.raises(InvalidArgument):
        pubsub.subscriber.get_subscription(subscription=pubsub.topic_name())


def test_topics_are_listed_by_name_in_pages(pubsub: PubSub) -> None:
    """Each once, whatever the size of the page."""
    names = sorted(pubsub.topic(f"topic-{number:02}") for number in range(7))
    pages = list(pubsub.publisher.list_topics(request={"project": pubsub.parent, "page_size": 3}).pages)
    assert [len(page.topics) for page in pages] == [3, 3, 1]
    assert [topic.name for page in pages for topic in page.topics] == names


def test_a_page_token_that_is_none_is_refused(pubsub: PubSub) -> None:
    """INVALID_ARGUMENT."""
    with pytest.raises(InvalidArgument, match="page_token"):
        pubsub.publisher.list_topics(request={"project": pubsub.parent, "page_token": "?"})


def test_the_subscriptions_of_a_topic_are_listed(pubsub: PubSub) -> None:
    """By name, those attached and no others."""
    topic = pubsub.topic()
    pubsub.topic("other")
    pubsub.subscription("elsewhere", "other")
    mine = [pubsub.subscription("first"), pubsub.subscription("second")]
    assert list(pubsub.publisher.list_topic_subscriptions(topic=topic)) == mine


def test_a_topic_is_updated_by_mask(pubsub: PubSub) -> None:
    """What the mask names is replaced, or cleared where nothing is given; the rest stays."""
    topic = pubsub.topic(labels={"a": "1"}, message_retention_duration={"seconds": 3600})
    updated = pubsub.publisher.update_topic(
        topic={"name": topic, "labels": {"b": "2"}}, update_mask={"paths": ["labels"]}
    )
    assert dict(updated.labels) == {"b": "2"}
    assert updated.message_retention_duration.total_seconds() == 3600
    cleared = pubsub.publisher.update_topic(
        topic={"name": topic}, update_mask={"paths": ["message_retention_duration"]}
    )
    assert "message_retention_duration" not in cleared
    assert dict(cleared.labels) == {"b": "2"}


@pytest.mark.parametrize("paths", [[], ["name"], ["nonsense"]])
def test_a_mask_that_cannot_be_followed_is_refused(pubsub: PubSub, paths: list[str]) -> None:
    """Empty, or of a field that is fixed, or is none."""
    topic = pubsub.topic()
    with pytest.raises(InvalidArgument):
        pubsub.publisher.update_topic(topic={"name": topic}, update_mask={"paths": paths})


def test_deleting_a_topic_leaves_its_subscriptions(pubsub: PubSub) -> None:
    """They name `_deleted-topic_`, keep what they have, and a new topic of the name is another."""
    topic = pubsub.topic()
    subscription = pubsub.subscription()
    pubsub.publish(b"kept")
    pubsub.publisher.delete_topic(topic=topic)
    assert pubsub.subscriber.get_subscription(subscription=subscription).topic == "_deleted-topic_"
    pubsub.topic()
    pubsub.publish(b"not for it")
    assert [received.message.data for received in pubsub.pull_now()] == [b"kept"]


@pytest.mark.parametrize("seconds", [599, 31 * 86_400 + 1])
def test_a_retention_out_of_bounds_is_refused(pubsub: PubSub, seconds: int) -> None:
    """10 minutes to 31 days."""
    with pytest.raises(InvalidArgument, match="message_retention_duration"):
        pubsub.topic(message_retention_duration={"seconds": seconds})


@pytest.mark.parametrize(
    "settings",
    [
        {"kms_key_name": "projects/p/locations/l/keyRings/r/cryptoKeys/k"},
        {"message_storage_policy": {"allowed_persistence_regions": ["europe-west1"]}},
        {"schema_settings": {"schema": "projects/p/schemas/s"}},
        {"ingestion_data_source_settings": {"cloud_storage": {"bucket": "b"}}},
        {"message_transforms": [{"javascript_udf": {"function_name": "f", "code": "c"}}]},
        {"tags": {"123/environment": "production"}},
    ],
)
def test_a_setting_that_is_not_implemented_is_refused_by_name(pubsub: PubSub, settings: dict[str, Any]) -> None:
    """Rather than ignored."""
    (field,) = settings
    with pytest.raises(MethodNotImplemented, match=f"Topic.{field}"):
        pubsub.topic(**settings)
