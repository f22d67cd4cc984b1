"""Topics and subscriptions as they are held in memory."""

from dataclasses import dataclass, field
from typing import Any

from infra.local.pubsub.backlog import Backlog
from infra.local.pubsub.filters import Filter
from infra.local.pubsub.push import Pusher


@dataclass(eq=False)
class LiveTopic:
    """A topic with the subscriptions attached to it."""

    config: Any  # a complete Topic
    subscriptions: dict[str, "LiveSubscription"] = field(default_factory=dict)


@dataclass(eq=False)
class LiveSubscription:
    """A subscription with its messages, and its pusher if it has an endpoint."""

    config: Any  # a complete Subscription
    matches: Filter
    backlog: Backlog
    pusher: Pusher | None = None
