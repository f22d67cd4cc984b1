"""One message in one subscription, and who may be handed it."""

from collections import deque
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Protocol

from infra.local.pubsub.messages import Message
from infra.local.pubsub.timers import Timer

if TYPE_CHECKING:
    from infra.local.pubsub.lanes import Lane


class State(Enum):
    """READY → OUTSTANDING → DONE; a failed delivery leads back to READY, by way of HELD where it has to wait."""

    READY = auto()
    HELD = auto()
    OUTSTANDING = auto()
    ACKED = auto()  # but kept, as one before it in its ordering key may yet be delivered again
    DONE = auto()


@dataclass(slots=True, eq=False)
class Entry:
    """A message that a subscription owes.

    ```
    failures      0              1                 2
    deliveries    1 ──nack──> hold ──> 2 ──expiry──> hold ──> 3 ──ack──> done
    ```
    """

    message: Message
    failures: int = 0  # nacks and expired deadlines; the next delivery's attempt is one more
    deliveries: int = 0  # as counted by this process; names the delivery in an ack id
    state: State = State.READY
    timer: Timer | None = None  # the end of the lease, or of the hold
    lane: "Lane | None" = None  # with an ordering key in an ordered subscription
    holder: "Consumer | None" = None  # who has it, while it is outstanding
    spared: bool = False  # a fault has already held this delivery back


class Consumer(Protocol):
    """Who takes messages from a subscription: a pusher, a stream, a pull."""

    one_a_key: bool  # hold the next message of an ordering key back until the one before is acknowledged
    lanes: "deque[Lane]"  # ordering keys that are its own, with messages to come

    def wake(self) -> None:
        """There may be something to take."""

    def released(self, entry: Entry) -> None:
        """One that it took is outstanding no more."""
