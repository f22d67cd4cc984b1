"""Filters of subscriptions: the documented language, over the wire."""

import pytest
from google.api_core.exceptions import InvalidArgument

from tests.contract.local.pubsub.broker import PubSub

COM = {"domain": "com", "iana.org/language_tag": "en"}


@pytest.mark.parametrize(
    ("expression", "matches"),
    [
        ("attributes:domain", True),
        ("attributes:missing", False),
        ('attributes:"iana.org/language_tag"', True),
        ('attributes.domain = "com"', True),
        ('attributes.domain="org"', False),
        ('attributes.missing = "com"', False),
        ('attributes.domain != "com"', False),
        ('attributes.missing != "com"', True),
        ('attributes."iana.org/language_tag" = "en"', True),
        ('hasPrefix(attributes.domain, "co")', True),
        ('hasPrefix(attributes.domain, "org")', False),
        ('hasPrefix(attributes.missing, "")', False),
        ("NOT attributes:missing", True),
        ("NOT (attributes:domain AND attributes:missing)", True),
        ('attributes:domain AND attributes.domain = "com"', True),
        ('attributes:missing OR attributes.domain = "com" OR attributes:other', True),
        ("attributes:domain AND (attributes:missing OR attributes:other)", False),
        ('attributes.domain = "c\\u006fm"', True),
        ('attributes.domain = "\\x63\\157m"', True),
    ],
)
def test_a_filter_decides_what_is_delivered(pubsub: PubSub, expression: str, matches: bool) -> None:  # noqa: FBT001 - a case of the table
    """What does not match counts as acknowledged."""
    pubsub.topic()
    pubsub.subscription(filter=expression)
    pubsub.publish(b"filtered", **COM)
    assert [received.message.data for received in pubsub.pull_now()] == ([b"filtered"] if matches else [])


@pytest.mark.parametrize(
    "expression",
    [
        "attributes",
        "attributes.domain",
        "attributes.domain = com",
        'attributes.domain > "com"',
        'domain = "com"',
        "attributes:a AND attributes:b OR attributes:c",
        "attributes:a and attributes:b",
        "(attributes:a",
        "attributes:a)",
        'hasSuffix(attributes.a, "b")',
        'attributes.a = "unfinished',
        'attributes.a = "\\q"',
        'attributes.a = "' + "x" * 256 + '"',
    ],
)
def test_a_filter_that_cannot_be_read_is_refused(pubsub: PubSub, expression: str) -> None:
    """INVALID_ARGUMENT, and no subscription is made."""
    pubsub.topic()
    with pytest.raises(InvalidArgument, match="filter"):
        pubsub.subscription(filter=expression)
    assert list(pubsub.subscriber.list_subscriptions(project=pubsub.parent)) == []


def test_a_filter_cannot_be_changed(pubsub: PubSub) -> None:
    """Once made, a subscription keeps its filter."""
    pubsub.topic()
    subscription = pubsub.subscription(filter="attributes:a")
    with pytest.raises(InvalidArgument, match="filter"):
        pubsub.subscriber.update_subscription(
            subscription={"name": subscription, "filter": "attributes:b"}, update_mask={"paths": ["filter"]}
        )
