"""Logs and traces, as Google Cloud reads them. Cheap to import: what exports traces is loaded when one is sampled."""

from shared.telemetry.context import TRACEPARENT, traceparent
from shared.telemetry.logs import configure_logs, debug, event, log
from shared.telemetry.spans import Attributes, Recording, Span, begin_trace, configure_traces, flushed, span

__all__ = [
    "TRACEPARENT",
    "Attributes",
    "Recording",
    "Span",
    "begin_trace",
    "configure_logs",
    "configure_traces",
    "debug",
    "event",
    "flushed",
    "log",
    "span",
    "traceparent",
]
