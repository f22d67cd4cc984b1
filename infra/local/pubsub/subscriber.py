"""The RPCs of google.pubsub.v1.Subscriber that set subscriptions up."""

from typing import Any

from google.protobuf.empty_pb2 import Empty
from google.pubsub_v1.types import pubsub as types

from infra.local.pubsub.broker import Broker, attached, names_in
from infra.local.pubsub.configs import Subscription, complete_subscription
from infra.local.pubsub.errors import invalid
from infra.local.pubsub.masks import merged
from infra.local.pubsub.names import check_project, page

ListSubscriptionsResponse = types.ListSubscriptionsResponse.pb()
# Those of an export or of exactly-once delivery may be named to be cleared; setting them is refused.
CHANGEABLE = frozenset({
    "ack_deadline_seconds", "bigquery_config", "bigtable_config", "cloud_storage_config", "dead_letter_policy",
    "enable_exactly_once_delivery", "expiration_policy", "labels", "message_retention_duration",
    "message_transforms", "push_config", "retain_acked_messages", "retry_policy",
})  # fmt: skip


class Subscriptions:
    """What answers: one coroutine an RPC."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    async def create_subscription(self, request: Any, _: Any) -> Any:
        """Attach a subscription to a topic."""
        if request.detached:
            raise invalid("A subscription cannot be created detached.")
        subscription = Subscription()
        subscription.CopyFrom(request)
        complete_subscription(subscription)
        self._broker.create_subscription(subscription)
        return self._shown(subscription.name)

    async def get_subscription(self, request: Any, _: Any) -> Any:
        """One subscription."""
        return self._shown(request.subscription)

    async def update_subscription(self, request: Any, _: Any) -> Any:
        """Change the settings of a subscription that can be changed."""
        live = self._broker.subscription(request.subscription.name)
        subscription = merged(live.config, request.subscription, request.update_mask, CHANGEABLE)
        complete_subscription(subscription)
        self._broker.update_subscription(subscription)
        return self._shown(subscription.name)

    async def list_subscriptions(self, request: Any, _: Any) -> Any:
        """The subscriptions of a project, in the order of their names."""
        names = names_in(self._broker.subscriptions, check_project(request.project))
        found, token = page(names, request.page_size, request.page_token)
        return ListSubscriptionsResponse(subscriptions=[self._shown(name) for name in found], next_page_token=token)

    async def delete_subscription(self, request: Any, _: Any) -> Any:
        """Delete a subscription with its messages."""
        await self._broker.delete_subscription(request.subscription)
        return Empty()

    async def modify_push_config(self, request: Any, _: Any) -> Any:
        """Change where a subscription pushes, or, with an empty configuration, let it be pulled."""
        live = attached(self._broker, request.subscription)
        subscription = Subscription()
        subscription.CopyFrom(live.config)
        subscription.push_config.CopyFrom(request.push_config)
        complete_subscription(subscription)
        self._broker.update_subscription(subscription)
        return Empty()

    def _shown(self, name: str) -> Any:
        config = self._broker.subscription(name).config
        topic = self._broker.topics.get(config.topic)
        if topic is None or not topic.config.HasField("message_retention_duration"):
            return config
        shown = Subscription()
        shown.CopyFrom(config)
        shown.topic_message_retention_duration.CopyFrom(topic.config.message_retention_duration)
        return shown
