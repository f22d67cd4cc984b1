"""Faults of deliveries, as the book of faults has them for the method `Deliver`."""

from dataclasses import dataclass

from google.protobuf import text_format

from infra.local.faults import Faults
from infra.local.pubsub.entries import Entry
from infra.local.pubsub.messages import Message
from infra.local.trace import Asked

HOLD_BACK = 100_000  # microseconds by which a reordered delivery comes late: what follows within them overtakes it


@dataclass(frozen=True)
class Fate:
    """What becomes of one delivery."""

    injected: bool = False  # its failure says nothing about the endpoint
    delay: float = 0  # seconds
    dropped: bool = False  # it never arrives, and nobody says so
    held_back: bool = False  # it is overtaken
    unreached: bool = False  # it is refused before it arrives
    answer_lost: bool = False  # it arrives, and the acknowledgement is lost
    copies: int = 1


def fate_of(faults: Faults, entry: Entry) -> Fate:
    """Count one delivery, and decide what becomes of it."""
    if entry.spared:
        entry.spared = False
        return Fate()
    effects = faults.seen("pubsub", "Deliver", Asked(lambda: _about(entry.message), int, entry.message.body.ByteSize))
    if not effects:
        return Fate()
    names = [fault.effect for fault in effects]
    entry.spared = "reorder" in names
    return Fate(
        injected=bool({"drop", "error", "reset", "lose_response"}.intersection(names)),
        delay=sum(fault.latency_ms for fault in effects) / 1000,
        dropped="drop" in names,
        held_back="reorder" in names,
        unreached="error" in names or "reset" in names,
        answer_lost="lose_response" in names,
        copies=1 + names.count("duplicate"),
    )


def _about(message: Message) -> str:
    """The message in one line, as a trace shows it."""
    return f'topic: "{message.topic}" {text_format.MessageToString(message.body, as_one_line=True)}'
