"""Faults that can be switched on per service and method, and the count of every call."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Annotated, Literal

import msgspec

from infra.local.trace import NOTHING, Asked, Trace

Service = Literal["firestore", "pubsub", "storage", "vertex"]
Effect = Literal[
    "error", "reset", "lose_response", "hold", "hold_response", "drop", "duplicate", "reorder", "delay"
]  # fmt: skip
Code = Literal[
    "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
    "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
    "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
]  # fmt: skip
EFFECTS: dict[Effect, str] = {
    "error": "The call is refused with `code` and `message` before it has an effect.",
    "reset": "The TCP connection is reset before the call has an effect, and with it, over gRPC, every other call on "
    "that connection. (A reset on Linux; elsewhere gRPC's clients see the connection end.) With `containing`, a call "
    "that sends several requests (Listen, StreamingPull, Write) meets it, or `delay`, at each of them with that text.",
    "lose_response": "The call takes effect and nobody hears of it: over HTTP the connection is reset, over gRPC the "
    "answer is `code`.",
    "delay": "Nothing but `latency_ms`, which every other effect may have as well.",
    "hold": "The call waits until the rule ends, and then takes effect, if its caller is still there.",
    "hold_response": "The call takes effect, and its answer waits until the rule ends.",
    "drop": "Method `Deliver` of Pub/Sub: the delivery never arrives; it is made again after its ack deadline.",
    "duplicate": "Method `Deliver`: the message arrives twice.",
    "reorder": "Method `Deliver`: the message is overtaken by those that follow it.",
}
OF_MESSAGES: frozenset[Effect] = frozenset({"reset", "delay"})  # that can strike in the middle of a stream
_NotNegative = Annotated[int, msgspec.Meta(ge=0)]


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule: what goes wrong in which calls; `EFFECTS` says what each effect is.

    Deliveries of Pub/Sub (method `Deliver`) meet the other effects too: refused on the way, late, or their
    acknowledgement lost.
    """

    service: Service  # firestore, pubsub, storage or vertex
    method: str = "*"  # as the counts name it: Commit, Publish, Deliver, objects.insert, Predict; `*`: any
    effect: Effect = "error"  # one of those below
    containing: tuple[str, ...] = ()  # only calls whose request has all of these, in one line as the trace shows it
    code: Code = "UNAVAILABLE"  # a gRPC status name; HTTP services answer its HTTP status
    message: str = "an injected fault"  # what the refusal says
    latency_ms: Annotated[float, msgspec.Meta(ge=0)] = 0  # added before the call
    probability: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0  # of striking a call that matches
    seed: int | None = None  # the same seed gives the same decisions
    skip: _NotNegative = 0  # so many matching calls pass first
    count: _NotNegative | None = None  # ends after so many hits; without it never


class Faults:
    """The rules in force and the calls seen, of all services."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.trace = Trace()
        self._rules: dict[int, _Rule] = {}
        self._next_id = 1

    def add(self, fault: Fault) -> int:
        """Put a rule in force; gives its id."""
        rule_id, self._next_id = self._next_id, self._next_id + 1
        self._rules[rule_id] = _Rule(fault)
        return rule_id

    def remove(self, rule_id: int) -> bool:
        """End a rule; False if there is none of that id."""
        rule = self._rules.pop(rule_id, None)
        if rule:
            rule.ended.set()
        return rule is not None

    def clear(self) -> None:
        """End all rules."""
        for rule_id in tuple(self._rules):
            self.remove(rule_id)

    def rules(self) -> dict[int, tuple[Fault, int]]:
        """Every rule in force with the number of its hits."""
        return {rule_id: (rule.fault, rule.hits) for rule_id, rule in self._rules.items()}

    def seen(self, service: str, method: str, asked: Asked = NOTHING) -> list[Fault]:
        """Count one call and decide which faults it meets, in the order the rules were given."""
        self.calls[f"{service}.{method}"] += 1
        self.trace.note(service, method, asked)
        return list(self._strike(service, method, asked, tuple(self._rules.values()))) if self._rules else []

    def said(self, service: str, method: str, asked: Asked) -> list[Fault]:
        """What one message of a call that sends several meets: a reset or a delay, where a rule looks for its text."""
        self.trace.note(service, method, asked)
        if not self._rules:
            return []
        rules = [rule for rule in self._rules.values() if rule.fault.containing and rule.fault.effect in OF_MESSAGES]
        return list(self._strike(service, method, asked, rules))

    async def held(self, faults: list[Fault], effect: Effect) -> bool:
        """Wait until those of `faults` with this effect are no longer in force; whether there were any."""
        if not faults:
            return False
        holding = [fault for fault in faults if fault.effect == effect]
        for rule in [rule for rule in self._rules.values() if any(rule.fault is fault for fault in holding)]:
            await rule.ended.wait()
        return bool(holding)

    def _strike(self, service: str, method: str, asked: Asked, rules: "Sequence[_Rule]") -> Iterator[Fault]:
        about = cache(asked.about)
        for rule in rules:
            fault = rule.fault
            if fault.service != service or fault.method not in ("*", method):
                continue
            if all(text in about() for text in fault.containing) and rule.strikes():
                yield fault


class _Rule:
    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self.matched = 0
        self.hits = 0
        self.ended = asyncio.Event()
        self._random = random.Random(fault.seed)  # noqa: S311 - a seeded decision is the point, not a secret

    def strikes(self) -> bool:
        self.matched += 1
        if self.matched <= self.fault.skip or (self.fault.count is not None and self.hits >= self.fault.count):
            return False
        if self._random.random() >= self.fault.probability:
            return False
        self.hits += 1
        return True
