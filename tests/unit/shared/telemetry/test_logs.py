"""Structured logs, as Cloud Logging reads them."""

import logging
import subprocess
import sys
from datetime import datetime
from typing import Any

import msgspec
import pytest

from tests.processes import ROOT

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def lines(code: str, level: str = "INFO", project: str = '"proj"') -> list[dict[str, Any]]:
    """What a process of its own writes to standard output: logs are configured once per process."""
    begin = f"import logging; from shared.telemetry import *; configure_logs({level!r}, {project})"
    done = subprocess.run(
        [sys.executable, "-c", f"{begin}\n{code}"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stderr == ""
    return [msgspec.json.decode(line) for line in done.stdout.splitlines()]


def test_a_line_has_cloud_logging_s_field_names() -> None:
    """Severity, time, message, labels, trace and span; fields beside them; None is left out."""
    (line,) = lines(
        f'begin_trace("00-{TRACE}-{SPAN}-01"); event("done", job_id="job-1", generating_ms=12, failure=None)'
    )
    assert (line["severity"], line["message"], line["generating_ms"]) == ("INFO", "done", 12)
    assert datetime.fromisoformat(line["time"]).tzinfo is not None
    assert line["logging.googleapis.com/labels"] == {"job_id": "job-1"}
    assert line["logging.googleapis.com/trace"] == f"projects/proj/traces/{TRACE}"
    assert line["logging.googleapis.com/spanId"] == SPAN
    assert line["logging.googleapis.com/trace_sampled"] is True
    assert "failure" not in line


def test_an_error_has_its_severity_and_its_stack() -> None:
    """In one line."""
    (line,) = lines(
        'try:\n  1 / 0\nexcept ZeroDivisionError as exc:\n  event("broke", level=logging.ERROR, error=exc, x="ä\\n")'
    )
    assert (line["severity"], line["x"]) == ("ERROR", "ä\n")
    assert "ZeroDivisionError" in line["stack_trace"]
    assert "logging.googleapis.com/trace" not in line


def test_the_level_decides() -> None:
    """Below it nothing is written; configuring twice writes nothing twice."""
    code = 'configure_logs("DEBUG", None); event("no", level=logging.DEBUG); event("yes", level=logging.WARNING)'
    assert [line["message"] for line in lines(code, "WARNING")] == ["yes"]


def test_a_library_s_line_that_cannot_be_put_together_stops_nobody() -> None:
    """What it was doing goes on."""
    code = 'logging.raiseExceptions = False; logging.getLogger("darkroom").info("%d", "x"); event("went on")'
    assert [line["message"] for line in lines(code)] == ["went on"]


def test_what_is_costly_to_tell_is_not_even_made_where_nobody_reads_it() -> None:
    """At DEBUG it is a line like any other."""
    code = 'debug("told", lambda: {"x": print("made") or 1})'
    assert lines(code) == []
    process = 'print = lambda _: None; debug("told", lambda: {"x": 1})'
    assert [(line["severity"], line["x"]) for line in lines(process, "DEBUG")] == [("DEBUG", 1)]


def test_variables_without_a_meaning_are_warned_of_once() -> None:
    """When logs are set up, which is once in a process."""
    begin = 'configure_logs("INFO", None, ["CELERY_BROKER_URL"]); ' * 2
    code = f"import logging; from shared.telemetry import *; {begin}"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    (line,) = [msgspec.json.decode(line) for line in done.stdout.splitlines()]
    assert (line["severity"], line["variables"]) == ("WARNING", ["CELERY_BROKER_URL"])


@pytest.mark.parametrize(
    "header", ["None", "''", "'garbage'", f"'00-{TRACE}-{SPAN}'", f"'00-{TRACE.upper()}-{SPAN}-01'"]
)
def test_a_malformed_trace_is_left_out(header: str) -> None:
    """And ends the one before."""
    code = f'begin_trace("00-{TRACE}-{SPAN}-01"); begin_trace({header}); event("x", when={{1}})'
    (line,) = lines(code)
    assert "logging.googleapis.com/trace" not in line


def test_without_configuration_nothing_is_written_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    """A library's events are silent."""
    logging.getLogger("darkroom").debug("x")
    assert capsys.readouterr().out == ""
