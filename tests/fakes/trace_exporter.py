"""Where spans go in tests: a list."""

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from shared.telemetry import Span, begin_trace, configure_traces


class Spans:
    """An Exporter that keeps what it is given."""

    def __init__(self) -> None:
        self.finished: list[Span] = []
        self.flushes = 0

    def __call__(self, span: Span) -> None:
        """See Exporter."""
        self.finished.append(span)

    def flush(self) -> Future[None] | None:
        """See Exporter.flush: nothing is ever left to be sent."""
        self.flushes += 1
        return None

    def __getitem__(self, name: str) -> Span:
        """The one span of that name."""
        (found,) = (span for span in self.finished if span.name == name)
        return found


@contextmanager
def recording(ratio: float = 0.0) -> Iterator[Spans]:
    """Spans are recorded within the block, in no trace at first."""
    spans = Spans()
    configure_traces(spans, ratio)
    try:
        begin_trace(None)
        yield spans
    finally:
        configure_traces(None, 0)
        begin_trace(None)
