"""The last traces that were sent, in memory."""

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import msgspec

MAX_TRACES = 200  # the one that was added to longest ago goes first
MAX_SPANS = 2_000  # of one trace


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """One span, as it is shown."""

    service: str
    name: str
    kind: str  # internal, server, client, producer, consumer
    span_id: str
    parent_id: str | None
    start_ns: int  # since the epoch
    duration_ms: float
    error: str | None
    attributes: dict[str, Any]
    links: list[dict[str, str]]
    resource: dict[str, Any]


class Traces:
    """The last traces, in memory."""

    def __init__(self) -> None:
        self._spans: OrderedDict[str, list[Span]] = OrderedDict()

    def add(self, trace_id: str, span: Span) -> None:
        """Keep a span."""
        spans = self._spans.setdefault(trace_id, [])
        self._spans.move_to_end(trace_id)
        if len(spans) < MAX_SPANS and all(known.span_id != span.span_id for known in spans):  # a sender may repeat
            spans.append(span)
        while len(self._spans) > MAX_TRACES:
            self._spans.popitem(last=False)

    def all(self) -> Iterator[tuple[str, list[Span]]]:
        """Each trace's id and spans, the newest first."""
        return ((trace_id, self.of(trace_id)) for trace_id in reversed(self._spans))

    def of(self, trace_id: str) -> list[Span]:
        """The spans of one trace, by their beginning; none of an unknown one."""
        return sorted(self._spans.get(trace_id, []), key=lambda span: span.start_ns)
