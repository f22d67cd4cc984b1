"""Where in which trace a task is: the trace context of W3C, in a context variable that its child tasks inherit.

Source: https://www.w3.org/TR/trace-context/
"""

import re
from contextvars import ContextVar
from typing import NamedTuple

TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")
SAMPLED = 1  # the lowest bit of the flags


class Context(NamedTuple):
    """A trace, and the span in it that is under way."""

    trace_id: str  # 32 hexadecimal digits
    span_id: str  # 16 hexadecimal digits; empty: the trace has no span yet
    sampled: bool

    @property
    def traceparent(self) -> str | None:
        """The header that hands it on; None while there is no span to be a child of."""
        return f"00-{self.trace_id}-{self.span_id}-{self.sampled:02x}" if self.span_id else None


current: ContextVar[Context | None] = ContextVar("trace", default=None)


def parsed(traceparent: str | None) -> Context | None:
    """The context that a `traceparent` names; none where it is malformed."""
    found = TRACEPARENT.fullmatch(traceparent or "")
    return Context(found[1], found[2], bool(int(found[3], 16) & SAMPLED)) if found else None


def traceparent(origin: str | None = None) -> str | None:
    """What a request or message that goes out now is to carry.

    It is the span under way; but what belongs to another trace, whose `origin` is stored with it, stays with that one.
    """
    here, own = current.get(), parsed(origin)
    if here and (own is None or own.trace_id == here.trace_id):
        return here.traceparent
    return origin
