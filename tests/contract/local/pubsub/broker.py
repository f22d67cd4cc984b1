"""What tests of Pub/Sub do all the time, by Google's clients."""

import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class PubSub:
    """A publisher and a subscriber of one project."""

    publisher: Any
    subscriber: Any
    api: Any  # the generated publisher, which sends what it is given as one request
    project: str

    def topic_name(self, name: str = "events") -> str:
        """The full name of a topic."""
        return f"projects/{self.project}/topics/{name}"

    def subscription_name(self, name: str = "worker") -> str:
        """The full name of a subscription."""
        return f"projects/{self.project}/subscriptions/{name}"

    def topic(self, name: str = "events", **settings: Any) -> str:
        """Create a topic; gives its full name."""
        full = self.topic_name(name)
        self.publisher.create_topic(request={"name": full, **settings})
        return full

    def subscription(self, name: str = "worker", topic: str = "events", **settings: Any) -> str:
        """Create a subscription; gives its full name."""
        full = self.subscription_name(name)
        self.subscriber.create_subscription(request={"name": full, "topic": self.topic_name(topic), **settings})
        return full

    def push_to(self, url: str, name: str = "worker", **settings: Any) -> str:
        """Create a topic `events`, unless it is there, and a subscription that pushes; gives its full name."""
        if self.topic_name() not in {topic.name for topic in self.publisher.list_topics(project=self.parent)}:
            self.topic()
        push = {"push_endpoint": url, **settings.pop("push_config", {})}
        return self.subscription(name, push_config=push, **settings)

    @property
    def parent(self) -> str:
        """`projects/P`."""
        return f"projects/{self.project}"

    def publish(self, data: bytes = b"hello", topic: str = "events", ordering_key: str = "", **attributes: str) -> str:
        """Publish one message; gives its id."""
        future = self.publisher.publish(self.topic_name(topic), data, ordering_key, **attributes)
        identity: str = future.result(timeout=60)
        return identity

    def pull(self, name: str = "worker", most: int = 100, timeout: float = 60) -> list[Any]:
        """Whatever a pull gives."""
        request = {"subscription": self.subscription_name(name), "max_messages": most}
        return list(self.subscriber.pull(request=request, timeout=timeout).received_messages)

    def pull_now(self, name: str = "worker", most: int = 1000) -> list[Any]:
        """What a pull gives that does not wait."""
        subscription = self.subscription_name(name)
        request = {"subscription": subscription, "max_messages": most, "return_immediately": True}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # return_immediately is, and is served all the same
            return list(self.subscriber.pull(request=request, timeout=60).received_messages)

    def stream(self, requests: Iterable[Any]) -> Iterator[Any]:
        """The answers to a bare stream of requests."""
        return iter(self.subscriber.streaming_pull(iter(requests), retry=None, timeout=60))
