"""Structured logs: one JSON object a line, in Cloud Logging's field names.

Source of the names: https://cloud.google.com/logging/docs/structured-logging
"""

import logging
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO

import msgspec

from shared.telemetry.context import current

_About = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None] | None

log = logging.getLogger("darkroom")


def configure_logs(level: str, project: str | None, meaningless: Sequence[str] = ()) -> None:
    """Write the logs of `darkroom` at `level` and above to standard output; done once per process.

    Of environment variables that are `meaningless` it warns then.
    """
    if log.handlers:
        return
    # No line has what these look up for each: https://docs.python.org/3/howto/logging.html#optimization.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    log.addHandler(_CloudLogging(sys.stdout, project))
    log.setLevel(level)
    log.propagate = False
    if meaningless:
        event("variables are set that mean nothing here", level=logging.WARNING, variables=meaningless)


def event(message: str, *, level: int = logging.INFO, error: BaseException | None = None, **fields: Any) -> None:
    """Log `message` with `fields`; durations are `*_ms`, money `*_micros`."""
    if not log.isEnabledFor(level):
        return
    about = (type(error), error, error.__traceback__) if error else None
    lines = log.handlers[0] if log.handlers else None
    if isinstance(lines, _CloudLogging):  # not as a record of Python's, which costs more than the line itself
        lines.write(level, time.time(), message, about, fields)
    else:  # read by whoever has set up Python's logging
        log.handle(_record(level, message, about, fields))


def debug(message: str, fields: Callable[[], Mapping[str, Any]]) -> None:
    """Log `message` with what `fields()` gives, at LOG_LEVEL=DEBUG; else it is not even asked."""
    if log.isEnabledFor(logging.DEBUG):
        event(message, level=logging.DEBUG, **fields())


class _CloudLogging(logging.StreamHandler[TextIO]):
    """Writes lines, also those that libraries log."""

    def __init__(self, stream: TextIO, project: str | None) -> None:
        super().__init__(stream)
        self._project = project or "-"

    def emit(self, record: logging.LogRecord) -> None:
        try:
            message = record.getMessage()
        except Exception:  # noqa: BLE001 - as Python's own handlers have it
            self.handleError(record)
        else:
            self.write(record.levelno, record.created, message, record.exc_info, getattr(record, "fields", {}))

    def write(self, level: int, at: float, message: str, about: _About, fields: Mapping[str, Any]) -> None:
        """Write one line; whatever goes wrong is told on standard error, as by any handler, and stops nobody."""
        try:
            line = self._line(level, at, message, about, fields)
            self.acquire()
            try:
                self.stream.write(line)
                self.stream.flush()
            finally:
                self.release()
        except Exception:  # noqa: BLE001 - as Python's own handlers have it
            self.handleError(_record(level, message, about, fields))

    def _line(self, level: int, at: float, message: str, about: _About, fields: Mapping[str, Any]) -> str:
        line: dict[str, Any] = {
            "severity": logging.getLevelName(level),
            "time": datetime.fromtimestamp(at, UTC),
            "message": message,
        }
        if fields.get("job_id") is not None:
            line["logging.googleapis.com/labels"] = {"job_id": fields["job_id"]}
        if trace := current.get():
            line["logging.googleapis.com/trace"] = f"projects/{self._project}/traces/{trace.trace_id}"
            line["logging.googleapis.com/trace_sampled"] = trace.sampled
            if trace.span_id:
                line["logging.googleapis.com/spanId"] = trace.span_id
        if about and about[1]:
            line["stack_trace"] = "".join(traceback.format_exception(about[1])).removesuffix("\n")
        line |= {name: value for name, value in fields.items() if value is not None}
        return msgspec.json.encode(line, enc_hook=str).decode() + "\n"


def _record(level: int, message: str, about: _About, fields: Mapping[str, Any]) -> logging.LogRecord:
    record = logging.LogRecord(log.name, level, "", 0, message, None, about)
    record.fields = fields
    return record
