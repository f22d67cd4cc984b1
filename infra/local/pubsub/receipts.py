"""Messages as a puller receives them, and the ack ids by which it answers.

An ack id names the message, the delivery and, where a fault doubled that, the copy. It outlives a restart: the
messages do too, and what a subscriber finished before the crash need not be done again.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from google.pubsub_v1.types import pubsub as types

from infra.local.faults import Faults
from infra.local.pubsub.deliveries import HOLD_BACK, fate_of
from infra.local.pubsub.entries import Entry
from infra.local.pubsub.errors import invalid
from infra.local.pubsub.live import LiveSubscription

ReceivedMessage = types.ReceivedMessage.pb()
MAX_REQUEST = 524_288  # bytes of one Acknowledge or ModifyAckDeadline
_ACK_ID = re.compile(r"(\d{1,18})-(\d{1,9})-\d{1,9}")


@dataclass
class Receipts:
    """What goes out of what was taken."""

    messages: list[Any] = field(default_factory=list)  # ReceivedMessages
    delay: float = 0  # seconds, by a fault


def hand_out(faults: Faults, live: LiveSubscription, taken: Iterable[Entry], deadline: int) -> Receipts:
    """Lease what was taken for `deadline` seconds and put it in receipts, but for what a fault keeps back."""
    receipts = Receipts()
    for entry in taken:
        fate = fate_of(faults, entry)
        if fate.held_back:
            live.backlog.hold(entry, HOLD_BACK)
            continue
        live.backlog.lease(entry, deadline)
        receipts.delay = max(receipts.delay, fate.delay)
        if not fate.injected:
            receipts.messages.extend(_received(live, entry, copy) for copy in range(fate.copies))
    return receipts


def acknowledge(live: LiveSubscription, ack_ids: Sequence[str]) -> None:
    """What these ack ids name is done; an id of an earlier delivery changes nothing.

    Raises:
        RpcError: INVALID_ARGUMENT: an ack id is malformed.
    """
    live.backlog.acknowledge(_named(live, ack_ids))


def modify_deadlines(live: LiveSubscription, deadlines: Iterable[tuple[str, int]]) -> None:
    """New ack deadlines in seconds from now, by ack id; 0 is a nack.

    Raises:
        RpcError: INVALID_ARGUMENT: an ack id is malformed, or a deadline is out of bounds.
    """
    pairs = list(deadlines)
    entries = _named(live, [ack_id for ack_id, _ in pairs])
    by_id = {entry.message.id: entry for entry in entries}
    for ack_id, seconds in pairs:
        entry = by_id.get(int(ack_id.partition("-")[0]))
        if entry is None or entry.holder is None:
            continue
        if seconds:
            live.backlog.lease(entry, seconds)
        else:
            live.backlog.fail(entry)


def _received(live: LiveSubscription, entry: Entry, copy: int) -> Any:
    received = ReceivedMessage(ack_id=f"{entry.message.id}-{entry.deliveries}-{copy}", message=entry.message.body)
    if live.config.HasField("dead_letter_policy"):
        received.delivery_attempt = entry.failures + 1
    return received


def _named(live: LiveSubscription, ack_ids: Iterable[str]) -> list[Entry]:
    found = []
    for ack_id in ack_ids:
        match = _ACK_ID.fullmatch(ack_id)
        if match is None:
            raise invalid(f"You have passed an invalid ack ID to the service (ack_id={ack_id}).")
        entry = live.backlog.entries.get(int(match[1]))
        if entry is not None and int(match[2]) >= entry.deliveries:
            found.append(entry)
    return found
