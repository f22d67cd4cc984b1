"""Finished spans, sent by OpenTelemetry's SDK over the wire."""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from google.auth import jwt

from infra.local.ports import free_ports
from infra.local.signer import make_key
from shared.gcp.trace_exporter import TraceExporter, session_of
from shared.telemetry import begin_trace, configure_logs, configure_traces, log, span
from tests.fakes.http_server import Answer, Asked, HttpServer, json_answer
from tests.processes import ROOT, RunningCloud, clean_environment


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


def test_what_is_being_sent_when_the_instance_goes_is_sent(endpoint: str) -> None:
    """The process ends only then: it may have had no processor since its last answer."""
    client = f"00-{token_hex(16)}-{token_hex(8)}-01"
    program = f"""
from shared.gcp.trace_exporter import TraceExporter
from shared.telemetry import *
exporter = TraceExporter({endpoint!r}, "submit", None)
configure_traces(exporter, 0)
begin_trace({client!r})
with span("last"):
    pass
exporter.flush()
"""
    environment = clean_environment({"PYTHONPATH": str(ROOT)})
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, check=True, timeout=60)
    assert _sent(endpoint, client.split("-")[1]).keys() == {"last"}


def test_google_is_told_who_sends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a token for this one purpose; no other collector ever sees one."""
    make_key(key := tmp_path / "key.json")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key))
    with (google := HttpServer(_google)).running():
        key.write_text(json.dumps(json.loads(key.read_text()) | {"token_uri": f"{google.url}/token"}))
        with session_of("https://telemetry.googleapis.com/v1/traces") as session:
            session.post(f"{google.url}/v1/traces", data=b"", timeout=60)
    asked, sent = google.asked
    claims = jwt.decode(parse_qs(asked.body.decode())["assertion"][0], verify=False)
    assert claims["scope"] == "https://www.googleapis.com/auth/trace.append"
    assert (sent.path, sent.headers["authorization"]) == ("/v1/traces", "Bearer a-token")
    assert session_of("https://collector.example/telemetry.googleapis.com") is None


def _google(asked: Asked) -> Answer:
    token = {"access_token": "a-token", "expires_in": 3600, "token_type": "Bearer"}
    return json_answer(token if asked.path == "/token" else {})


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
