"""Spans: what a sampled request, message or job did and for how long, recorded as plain values.

Where nothing is sampled, or there is nowhere to send it, a span costs one look at a context variable. What is recorded
goes to an exporter, which is another's business: OpenTelemetry's SDK is no part of a cold start.
"""

import asyncio
import random
import secrets
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from types import TracebackType
from typing import Literal, Protocol, Self

from shared.telemetry.context import Context, current, parsed

Kind = Literal["internal", "server", "client", "producer", "consumer"]
Value = str | bool | int | float | Sequence[str]
Attributes = Mapping[str, Value | None]  # None is left out

FLUSH_SECONDS = 2.0  # that a message's answer waits for its spans to be sent


class Exporter(Protocol):
    """Where finished spans go."""

    def __call__(self, span: "Span") -> None:
        """Take one."""
        ...

    def flush(self) -> Future[None] | None:
        """Begin to send what was taken, and say when that has ended; None: nothing was."""
        ...


class _Configured:
    exporter: Exporter | None = None
    ratio = 0.0


def configure_traces(exporter: Exporter | None, ratio: float) -> None:
    """Give finished spans to `exporter`; None: record none. Of requests that bring no trace, `ratio` begin one."""
    _Configured.exporter, _Configured.ratio = exporter, ratio


async def flushed() -> None:
    """Have finished spans sent, and wait for that, FLUSH_SECONDS at most."""
    if _Configured.exporter and (sending := _Configured.exporter.flush()):
        await asyncio.wait([asyncio.wrap_future(sending)], timeout=FLUSH_SECONDS)


def begin_trace(traceparent: str | None, *, sample: bool = False) -> None:
    """Go on in the trace of a W3C `traceparent`, in this task; without a well-formed one, in none.

    With `sample`, the configured ratio of those without one begins a trace.
    """
    context = parsed(traceparent)
    chosen = sample and _Configured.exporter and random.random() < _Configured.ratio  # noqa: S311 - no secret
    if context is None and chosen:
        context = Context(secrets.token_hex(16), "", sampled=True)
    current.set(context)


class Recording(Protocol):
    """A span that is under way, or what stands for one that nobody wants to see."""

    def set(self, attributes: Attributes) -> None:
        """Add attributes, or change them."""
        ...

    def rename(self, name: str) -> None:
        """Give it the name that was not known when it began."""
        ...

    def fail(self, error: str) -> None:
        """It ended in `error`, a code or a class of errors; never a text, which might hold a prompt."""
        ...

    def discard(self) -> None:
        """Let nobody see it."""
        ...


class Span:
    """Something that took time; under way within its `with` block. An exception that leaves it is its error."""

    __slots__ = (
        "_before", "_began", "_wanted", "attributes", "context", "end_ns", "error", "kind", "link", "name", "parent",
        "start_ns",
    )  # fmt: skip

    def __init__(self, name: str, kind: Kind, parent: Context, attributes: Attributes, link: Context | None) -> None:
        self.name = name
        self.kind = kind
        self.parent = parent
        self.context = Context(parent.trace_id, secrets.token_hex(8), sampled=True)
        self.link = link
        self.attributes: dict[str, Value] = {}
        self.error: str | None = None
        self._wanted = True
        self.start_ns = self.end_ns = 0  # since the epoch
        self.set(attributes)

    def set(self, attributes: Attributes) -> None:
        """See Recording.set."""
        self.attributes |= {name: value for name, value in attributes.items() if value is not None}

    def rename(self, name: str) -> None:
        """See Recording.rename."""
        self.name = name

    def fail(self, error: str) -> None:
        """See Recording.fail."""
        self.error = error
        self.attributes["error.type"] = error

    def discard(self) -> None:
        """See Recording.discard."""
        self._wanted = False

    def __enter__(self) -> Self:
        self._before = current.get()
        current.set(self.context)
        self.start_ns, self._began = time.time_ns(), time.perf_counter_ns()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.end_ns = self.start_ns + time.perf_counter_ns() - self._began
        current.set(self._before)
        if kind is not None:
            self.fail(str(getattr(error, "code", None) or kind.__name__))
        if _Configured.exporter and self._wanted:
            _Configured.exporter(self)


class _Unrecorded:
    """A span that nobody wants to see."""

    __slots__ = ()

    def set(self, attributes: Attributes) -> None:
        """Do nothing."""

    def rename(self, name: str) -> None:
        """Do nothing."""

    def fail(self, error: str) -> None:
        """Do nothing."""

    def discard(self) -> None:
        """Do nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


_UNRECORDED = _Unrecorded()


def span(
    name: str, kind: Kind = "internal", attributes: Attributes | None = None, *, origin: str | None = None
) -> Span | _Unrecorded:
    """A span below the one under way, to be used in a `with` statement.

    What is done for a job in a request of another trace belongs to the job's: `origin` is its stored `traceparent`, and
    the request's span is linked to. Source of names and attributes: OpenTelemetry's semantic conventions.
    """
    if _Configured.exporter is None:
        return _UNRECORDED
    here, own = current.get(), parsed(origin)
    elsewhere = own is not None and (here is None or here.trace_id != own.trace_id)
    parent = own if elsewhere else here
    if parent is None or not parent.sampled:
        return _UNRECORDED
    return Span(name, kind, parent, attributes or {}, here if elsewhere and here and here.span_id else None)
