"""Messages on their way to a dead-letter topic.

Source: https://cloud.google.com/pubsub/docs/dead-letter-topics#how_dead_letter_topics_work
"""

from typing import Any

from infra.local.pubsub.entries import Entry
from infra.local.pubsub.messages import PubsubMessage
from infra.local.pubsub.names import id_of, project_of

_SOURCE = "CloudPubSubDeadLetterSource"


def dead_letter(entry: Entry, subscription: str) -> Any:
    """What is published for a message that failed too often: itself, with attributes that say where it is from."""
    source = entry.message
    body = PubsubMessage(data=source.body.data, ordering_key=source.body.ordering_key)
    body.attributes.update(source.body.attributes)
    body.attributes[f"{_SOURCE}DeliveryCount"] = str(entry.failures)
    body.attributes[f"{_SOURCE}Subscription"] = id_of(subscription)
    body.attributes[f"{_SOURCE}SubscriptionProject"] = project_of(subscription)
    body.attributes[f"{_SOURCE}TopicPublishTime"] = source.publish_time.replace("Z", "+00:00")
    return body
