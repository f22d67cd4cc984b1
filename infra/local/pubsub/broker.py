"""All topics and subscriptions, and the way of a message from one to the others."""

import asyncio
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from infra.local.kernel import Kernel
from infra.local.pubsub.backlog import Backlog
from infra.local.pubsub.configs import Subscription, Topic, terms_of
from infra.local.pubsub.dead_letters import dead_letter
from infra.local.pubsub.entries import Entry
from infra.local.pubsub.errors import already_exists, failed_precondition, not_found
from infra.local.pubsub.filters import parse_filter
from infra.local.pubsub.live import LiveSubscription, LiveTopic
from infra.local.pubsub.messages import Message
from infra.local.pubsub.names import DELETED_TOPIC, check_form, id_of
from infra.local.pubsub.push import Pusher
from infra.local.pubsub.store import Store
from infra.local.pubsub.timers import Timers

_EXPIRE_EVERY = 60_000_000  # microseconds between two looks for messages too old to keep


class Broker:
    """To be made within the event loop that it is to serve. What it changes is on the disk before it shows."""

    def __init__(self, kernel: Kernel, push_format: str) -> None:
        self.kernel = kernel
        self.timers = Timers(kernel.clock)
        self.topics: dict[str, LiveTopic] = {}
        self.subscriptions: dict[str, LiveSubscription] = {}
        self._store = Store(kernel)
        self._push_format = push_format
        self._finishing: set[asyncio.Task[None]] = set()  # pushers of subscriptions that push no more
        self._load()
        self._expire()

    async def close(self) -> None:
        """Stop all deliveries."""
        self.timers.close()
        for task in self._finishing:
            task.cancel()
        await asyncio.gather(*self._finishing, return_exceptions=True)
        for live in self.subscriptions.values():
            if live.pusher:
                await live.pusher.close()

    def topic(self, name: str) -> LiveTopic:
        """The topic of that name.

        Raises:
            RpcError: NOT_FOUND; INVALID_ARGUMENT if it is no name of a topic.
        """
        if name not in self.topics:
            check_form(name, "topics")
            raise not_found(name)
        return self.topics[name]

    def subscription(self, name: str) -> LiveSubscription:
        """The subscription of that name.

        Raises:
            RpcError: NOT_FOUND; INVALID_ARGUMENT if it is no name of a subscription.
        """
        if name not in self.subscriptions:
            check_form(name, "subscriptions")
            raise not_found(name)
        return self.subscriptions[name]

    def create_topic(self, config: Any) -> None:
        """Add a topic.

        Raises:
            RpcError: ALREADY_EXISTS.
        """
        if config.name in self.topics:
            raise already_exists(config.name)
        self._store.save_topic(config.name, config.SerializeToString())
        self.topics[config.name] = LiveTopic(config)

    def update_topic(self, config: Any) -> None:
        """Put the complete `config` in the place of the topic's."""
        live = self.topic(config.name)
        self._store.save_topic(config.name, config.SerializeToString())
        live.config = config
        for subscription in live.subscriptions.values():
            subscription.backlog.terms = terms_of(subscription.config, config)

    def delete_topic(self, name: str) -> None:
        """Delete a topic; its subscriptions stay, with what they have."""
        left = self.topic(name).subscriptions.values()
        configs = []
        for live in left:
            config = Subscription()
            config.CopyFrom(live.config)
            config.topic = DELETED_TOPIC
            configs.append(config)
        self._store.delete_topic(name, [(config.name, config.SerializeToString()) for config in configs])
        del self.topics[name]
        for live, config in zip(left, configs, strict=True):
            self._put(live, config)

    def create_subscription(self, config: Any) -> None:
        """Attach a subscription to its topic: it gets what is published from now on.

        Raises:
            RpcError: ALREADY_EXISTS; NOT_FOUND for its topic or its dead-letter topic; INVALID_ARGUMENT for its filter.
        """
        if config.name in self.subscriptions:
            raise already_exists(config.name)
        self.topic(config.topic)
        self._check_dead_letter(config)
        parse_filter(config.filter)
        self._store.save_subscription(config.name, config.SerializeToString())
        self._attach(config)

    def update_subscription(self, config: Any) -> None:
        """Put the complete `config` in the place of the subscription's.

        Raises:
            RpcError: NOT_FOUND for the subscription or its dead-letter topic.
        """
        live = self.subscription(config.name)
        self._check_dead_letter(config)
        self._store.save_subscription(config.name, config.SerializeToString())
        self._replace(live, config)

    async def detach(self, name: str) -> None:
        """Cut a subscription off its topic: nothing more is delivered, and what it had is gone."""
        live = self.subscription(name)
        config = Subscription()
        config.CopyFrom(live.config)
        config.detached = True
        self._store.save_subscription(name, config.SerializeToString())
        if topic := self.topics.get(config.topic):
            topic.subscriptions.pop(name, None)
        pusher, live.pusher = live.pusher, None
        self._put(live, config)
        live.backlog.clear()
        live.backlog.wake()
        if pusher:
            await pusher.close()

    async def delete_subscription(self, name: str) -> None:
        """Delete a subscription with what it had."""
        live = self.subscription(name)
        del self.subscriptions[name]
        if topic := self.topics.get(live.config.topic):
            topic.subscriptions.pop(name, None)
        live.backlog.clear()
        self._store.delete_subscription(name)
        live.backlog.wake()
        if live.pusher:
            await live.pusher.close()

    def publish(self, topic: str, bodies: Sequence[Any]) -> list[str]:
        """Hand messages to every subscription that takes them; gives their ids. They are on the disk by then.

        Raises:
            RpcError: NOT_FOUND.
        """
        live = self.topic(topic)
        messages = [Message.published(self.kernel.clock.tick(), topic, body) for body in bodies]
        receivers: list[tuple[Message, list[LiveSubscription]]] = []
        for message in messages:
            attributes = message.body.attributes
            takers = [one for one in live.subscriptions.values() if one.matches(attributes)]
            message.owed = len(takers)
            receivers.append((message, takers))
        kept = [message for message, takers in receivers if takers]
        if kept:
            self._store.publish(
                kept, [(one.config.name, message.id) for message, takers in receivers for one in takers]
            )
        for message, takers in receivers:
            for one in takers:
                one.backlog.add(message)
        return [message.body.message_id for message in messages]

    def _check_dead_letter(self, config: Any) -> None:
        if config.HasField("dead_letter_policy"):
            self.topic(config.dead_letter_policy.dead_letter_topic)

    def _attach(self, config: Any) -> LiveSubscription:
        topic = self.topics.get(config.topic)
        terms = terms_of(config, topic.config if topic else None)
        live = LiveSubscription(
            config, parse_filter(config.filter), Backlog(self.kernel, self._store, self.timers, terms)
        )
        live.backlog.bury = partial(self._bury, live)
        self.subscriptions[config.name] = live
        if topic and not config.detached:
            topic.subscriptions[config.name] = live
        self._start_pusher(live)
        return live

    def _start_pusher(self, live: LiveSubscription) -> None:
        if live.config.push_config.push_endpoint and not live.config.detached:
            live.pusher = Pusher(self.kernel, self.timers, live.backlog, live.config, self._push_format)

    def _put(self, live: LiveSubscription, config: Any) -> None:
        topic = self.topics.get(config.topic)
        live.config = config
        live.backlog.terms = terms_of(config, topic.config if topic else None)
        if live.pusher:
            live.pusher.config = config

    def _replace(self, live: LiveSubscription, config: Any) -> None:
        pushes = bool(config.push_config.push_endpoint) and not config.detached
        self._put(live, config)
        pusher = live.pusher
        if pusher and not pushes:
            live.pusher = None
            task = asyncio.get_running_loop().create_task(pusher.finish())
            self._finishing.add(task)
            task.add_done_callback(self._finishing.discard)
        elif pushes and not pusher:
            self._start_pusher(live)
        live.backlog.wake()

    def _bury(self, live: LiveSubscription, entry: Entry) -> bool:
        """Hand a message that failed too often to the dead-letter topic; False if that topic is gone."""
        target = live.config.dead_letter_policy.dead_letter_topic
        if target not in self.topics:
            return False
        self.publish(target, [dead_letter(entry, live.config.name)])
        return True

    def _expire(self) -> None:
        for live in self.subscriptions.values():
            live.backlog.expire()
        self.timers.at(self.kernel.clock.now() + _EXPIRE_EVERY, self._expire)

    def _load(self) -> None:
        self.kernel.clock.catch_up(self._store.last_id())
        for name, data in self._store.topics():
            self.topics[name] = LiveTopic(Topic.FromString(data))
        for _, data in self._store.subscriptions():
            self._attach(Subscription.FromString(data))
        for name, message, failures in self._store.backlog():
            self.subscriptions[name].backlog.add(message, failures)


def attached(broker: Broker, name: str) -> LiveSubscription:
    """The subscription of that name, if it is not detached from its topic.

    Raises:
        RpcError: NOT_FOUND, FAILED_PRECONDITION.
    """
    live = broker.subscription(name)
    if live.config.detached:
        raise failed_precondition(f"The subscription is detached from its topic (resource={id_of(name)}).")
    return live


def names_in(names: Iterable[str], project: str) -> list[str]:
    """Those names that are of `project`, given as `projects/P`."""
    return [name for name in names if name.startswith(f"{project}/")]
