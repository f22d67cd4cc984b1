"""Finished spans, sent by OpenTelemetry's SDK over the wire."""

import json
import logging
from collections.abc import Iterator
from secrets import token_hex
from typing import Any

import httpx
import pytest

from infra.local.ports import free_ports
from shared.gcp.trace_exporter import TraceExporter
from shared.telemetry import begin_trace, configure_logs, configure_traces, log, span
from tests.processes import RunningCloud


@pytest.fixture
def endpoint(cloud: RunningCloud) -> str:
    """A collector's."""
    return cloud.environment["OTEL_EXPORTER_OTLP_ENDPOINT"]


@pytest.fixture(autouse=True)
def untraced() -> Iterator[None]:
    """The next test is in no trace."""
    yield
    configure_traces(None, 0)
    begin_trace(None)


def _sent(endpoint: str, trace_id: str) -> dict[str, dict[str, Any]]:
    """The spans of a trace that came there, by name."""
    answer = httpx.get(f"{endpoint}/local/traces/{trace_id}").raise_for_status()
    return {one["name"]: one for one in answer.json()["spans"]}


def test_spans_arrive_as_they_were_recorded(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ids, parents, kinds, times, links, attributes and errors; and whose they are."""
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "cloud.region=europe-west1")
    monkeypatch.setenv("K_SERVICE", "generate-batch")
    exporter = TraceExporter(endpoint, "generate", "proj")
    configure_traces(exporter, 0)
    trace, other, above = token_hex(16), token_hex(16), token_hex(8)
    begin_trace(f"00-{other}-{above}-01")
    with span("request", "server"), span("send", "producer", {"n": 2, "on": True}, origin=f"00-{trace}-{above}-01"):
        with pytest.raises(ValueError, match="words"), span("broken", "client"):
            raise ValueError("words of a prompt")
        with span("inner"):
            pass
    sending = exporter.flush()
    assert sending
    sending.result(timeout=60)
    assert exporter.flush() is None
    spans, request = _sent(endpoint, trace), _sent(endpoint, other)["request"]
    send = spans["send"]
    assert (send["parent_id"], send["kind"], send["attributes"]) == (above, "producer", {"n": 2, "on": True})
    assert send["links"] == [{"trace_id": other, "span_id": request["span_id"]}]
    assert spans["broken"]["parent_id"] == spans["inner"]["parent_id"] == send["span_id"]
    assert (spans["broken"]["error"], spans["inner"]["error"]) == ("ValueError", None)
    assert "words" not in json.dumps(spans)
    assert send["start_ns"] <= spans["inner"]["start_ns"]
    assert send["duration_ms"] >= spans["inner"]["duration_ms"]
    told = {"service.name": "generate", "gcp.project_id": "proj", "cloud.region": "europe-west1"}
    assert send["resource"].items() >= {**told, "faas.name": "generate-batch"}.items()


def test_a_trace_that_begins_here_has_a_root(endpoint: str) -> None:
    """A span without a parent."""
    exporter = TraceExporter(endpoint, "submit", None)
    configure_traces(exporter, 1.0)
    begin_trace(None, sample=True)
    with span("root", "server") as root:
        trace_id = root.context.trace_id  # type: ignore[union-attr]
    (exporter.flush() or pytest.fail("nothing to send")).result(timeout=60)
    assert _sent(endpoint, trace_id)["root"]["parent_id"] is None


def test_a_collector_that_is_away_costs_the_spans_and_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is raised, and the time is bounded."""
    configure_logs("INFO", "proj")
    try:
        exporter = TraceExporter(f"http://127.0.0.1:{free_ports(1)[0]}", "submit", None, seconds=0.2)
        configure_traces(exporter, 0)
        begin_trace(f"00-{token_hex(16)}-{token_hex(8)}-01")
        with span("lost"):
            pass
        (exporter.flush() or pytest.fail("nothing to send")).result(timeout=60)
    finally:
        log.handlers.clear()
        log.propagate = True
        log.setLevel(logging.NOTSET)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert any("span" in line["message"] and line["severity"] in {"WARNING", "ERROR"} for line in lines), lines
