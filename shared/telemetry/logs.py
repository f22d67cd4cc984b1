"""Structured logs: one JSON object a line, in Cloud Logging's field names.

Source of the names: https://cloud.google.com/logging/docs/structured-logging
"""

import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from shared.telemetry.context import current

log = logging.getLogger("darkroom")


def configure_logs(level: str, project: str | None, meaningless: Sequence[str] = ()) -> None:
    """Write the logs of `darkroom` at `level` and above to standard output; done once per process.

    Of environment variables that are `meaningless` it warns then.
    """
    if log.handlers:
        return
    # No line has what these look up for each: https://docs.python.org/3/howto/logging.html#optimization.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_CloudLogging(project))
    log.addHandler(handler)
    log.setLevel(level)
    log.propagate = False
    if meaningless:
        event("variables are set that mean nothing here", level=logging.WARNING, variables=meaningless)


def event(message: str, *, level: int = logging.INFO, error: BaseException | None = None, **fields: Any) -> None:
    """Log `message` with `fields`; durations are `*_ms`, money `*_micros`."""
    if log.isEnabledFor(level):
        # Not by `log.log`, which looks for who called it: twice the work, for a line that nobody prints.
        about = (type(error), error, error.__traceback__) if error else None
        record = logging.LogRecord(log.name, level, "", 0, message, None, about)
        record.fields = fields
        log.handle(record)


def debug(message: str, fields: Callable[[], Mapping[str, Any]]) -> None:
    """Log `message` with what `fields()` gives, at LOG_LEVEL=DEBUG; else it is not even asked."""
    if log.isEnabledFor(logging.DEBUG):
        event(message, level=logging.DEBUG, **fields())


class _CloudLogging(logging.Formatter):
    def __init__(self, project: str | None) -> None:
        super().__init__()
        self._project = project or "-"

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "severity": record.levelname,
            "time": datetime.fromtimestamp(record.created, UTC),
            "message": record.getMessage(),
        }
        fields = {name: value for name, value in getattr(record, "fields", {}).items() if value is not None}
        if "job_id" in fields:
            line["logging.googleapis.com/labels"] = {"job_id": fields["job_id"]}
        if trace := current.get():
            line["logging.googleapis.com/trace"] = f"projects/{self._project}/traces/{trace.trace_id}"
            line["logging.googleapis.com/trace_sampled"] = trace.sampled
            if trace.span_id:
                line["logging.googleapis.com/spanId"] = trace.span_id
        if record.exc_info:
            line["stack_trace"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line | fields, enc_hook=str).decode()
