"""The RPCs of google.pubsub.v1.Publisher."""

from typing import Any

from google.protobuf.empty_pb2 import Empty
from google.pubsub_v1.types import pubsub as types

from infra.local.pubsub.broker import Broker, names_in
from infra.local.pubsub.configs import Topic, complete_topic
from infra.local.pubsub.masks import merged
from infra.local.pubsub.messages import check_messages
from infra.local.pubsub.names import check_project, page

PublishResponse = types.PublishResponse.pb()
ListTopicsResponse = types.ListTopicsResponse.pb()
ListTopicSubscriptionsResponse = types.ListTopicSubscriptionsResponse.pb()
DetachSubscriptionResponse = types.DetachSubscriptionResponse.pb()
CHANGEABLE = frozenset({"labels", "message_retention_duration"})


class Publisher:
    """What answers: one coroutine an RPC."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    async def create_topic(self, request: Any, _: Any) -> Any:
        """Create a topic."""
        topic = Topic()
        topic.CopyFrom(request)
        complete_topic(topic)
        self._broker.create_topic(topic)
        return topic

    async def update_topic(self, request: Any, _: Any) -> Any:
        """Change the labels or the retention of a topic."""
        live = self._broker.topic(request.topic.name)
        topic = merged(live.config, request.topic, request.update_mask, CHANGEABLE)
        complete_topic(topic)
        self._broker.update_topic(topic)
        return topic

    async def get_topic(self, request: Any, _: Any) -> Any:
        """One topic."""
        return self._broker.topic(request.topic).config

    async def list_topics(self, request: Any, _: Any) -> Any:
        """The topics of a project, in the order of their names."""
        names = names_in(self._broker.topics, check_project(request.project))
        found, token = page(names, request.page_size, request.page_token)
        topics = [self._broker.topics[name].config for name in found]
        return ListTopicsResponse(topics=topics, next_page_token=token)

    async def list_topic_subscriptions(self, request: Any, _: Any) -> Any:
        """The names of the subscriptions attached to a topic."""
        names = self._broker.topic(request.topic).subscriptions
        found, token = page(names, request.page_size, request.page_token)
        return ListTopicSubscriptionsResponse(subscriptions=found, next_page_token=token)

    async def delete_topic(self, request: Any, _: Any) -> Any:
        """Delete a topic; its subscriptions then name `_deleted-topic_`."""
        self._broker.delete_topic(request.topic)
        return Empty()

    async def detach_subscription(self, request: Any, _: Any) -> Any:
        """Cut a subscription off its topic."""
        await self._broker.detach(request.subscription)
        return DetachSubscriptionResponse()

    async def publish(self, request: Any, _: Any) -> Any:
        """Publish messages; they survive a crash from the moment they are answered."""
        self._broker.topic(request.topic)
        check_messages(request.messages, request.ByteSize())
        return PublishResponse(message_ids=self._broker.publish(request.topic, request.messages))
