"""The log lines of every function, as Cloud Logging reads them.

Source: https://cloud.google.com/logging/docs/structured-logging#structured_logging_special_fields
"""

from datetime import datetime
from typing import Annotated, Any, Literal

import httpx
import msgspec
import pytest
from msgspec import Meta

from tests.fakes.http_server import Answer, HttpServer
from tests.integration.api import Api, a_prompt
from tests.integration.traced import a_client, spans_of
from tests.stack import RunningStack
from tests.waiting import PATIENCE, until

FUNCTIONS = ("generate", "notify", "openai", "status", "submit", "sweep")
SPECIAL = "logging.googleapis.com/"
MAX_LINE = 256 * 1024  # bytes of an entry
Text = Annotated[str, Meta(min_length=1)]


class SourceLocation(msgspec.Struct, forbid_unknown_fields=True):
    """Where in the source a line is written."""

    file: str = ""
    line: Annotated[str, Meta(pattern=r"^\d+$")] = "0"  # an int64, which is text in JSON
    function: str = ""


class LoggedOperation(msgspec.Struct, forbid_unknown_fields=True):
    """What a line is a part of."""

    id: str = ""
    producer: str = ""
    first: bool = False
    last: bool = False


class HttpRequest(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """What Cloud Logging shows of a request."""

    request_method: str = ""
    request_url: str = ""
    request_size: Annotated[str, Meta(pattern=r"^\d+$")] = "0"
    status: int = 0
    response_size: Annotated[str, Meta(pattern=r"^\d+$")] = "0"
    user_agent: str = ""
    remote_ip: str = ""
    server_ip: str = ""
    referer: str = ""
    latency: Annotated[str, Meta(pattern=r"^\d+(\.\d+)?s$")] = "0s"
    protocol: str = ""


class Line(msgspec.Struct):
    """Every field that Cloud Logging takes out of a line; the others are the payload's."""

    severity: Literal["DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY"]
    message: Text
    time: Annotated[datetime, Meta(tz=True)]  # RFC 3339
    http_request: HttpRequest | None = msgspec.field(name="httpRequest", default=None)
    insert_id: Text | None = msgspec.field(name=f"{SPECIAL}insertId", default=None)
    labels: dict[str, str] = msgspec.field(name=f"{SPECIAL}labels", default_factory=dict)
    operation: LoggedOperation | None = msgspec.field(name=f"{SPECIAL}operation", default=None)
    source: SourceLocation | None = msgspec.field(name=f"{SPECIAL}sourceLocation", default=None)
    span_id: Annotated[str, Meta(pattern=r"^[0-9a-f]{16}$")] | None = msgspec.field(
        name=f"{SPECIAL}spanId", default=None
    )
    trace: Annotated[str, Meta(pattern=r"^projects/[^/]+/traces/[0-9a-f]{32}$")] | None = msgspec.field(
        name=f"{SPECIAL}trace", default=None
    )
    trace_sampled: bool = msgspec.field(name=f"{SPECIAL}trace_sampled", default=False)
    stack_trace: str = ""


KNOWN = {field.encode_name for field in msgspec.structs.fields(Line)}
OTHER_TIMES = {"timestamp", "timestampSeconds", "timestampNanos"}  # they would be taken for the line's own


@pytest.fixture(scope="module")
def lines(darkroom: RunningStack) -> dict[str, list[dict[str, Any]]]:
    """By function, what each wrote: after a request to each of them, in one sampled trace, whose spans they name."""
    client, tick = a_client(), a_client()
    with (receiver := HttpServer(lambda _: Answer(204))).running(), httpx.Client(timeout=PATIENCE) as http:
        api = Api(darkroom.base_url)
        api.http.headers["traceparent"] = http.headers["traceparent"] = client.traceparent
        api.completed(model="placeholder", webhook={"url": f"{receiver.url}/hook", "events": ["job.completed"]})
        api.http.post("/v1/images/generations", json={"prompt": a_prompt(), "model": "placeholder"}).raise_for_status()
        headers = {"traceparent": tick.traceparent}
        http.post(darkroom.function_url("sweep"), json={}, headers=headers).raise_for_status()
        until(lambda: {span["service"] for span in spans_of(darkroom, client)} == {*FUNCTIONS} - {"sweep"})
        api.close()
    written = {name: [line for line in darkroom.log(name).splitlines() if line.startswith("{")] for name in FUNCTIONS}
    assert max(len(line.encode()) for each in written.values() for line in each) < MAX_LINE
    found = {name: [msgspec.json.decode(line) for line in each] for name, each in written.items()}
    every = (line for each in found.values() for line in each)
    own = [line for line in every if client.trace_id in line.get(f"{SPECIAL}trace", "")]
    named = {line[f"{SPECIAL}spanId"] for line in own} - {client.span_id}
    until(lambda: named <= {span["span_id"] for span in spans_of(darkroom, client)})
    assert all(line[f"{SPECIAL}trace_sampled"] is True for line in own)
    return found


@pytest.mark.parametrize("function", FUNCTIONS)
def test_each_line_is_one_that_cloud_logging_reads(lines: dict[str, list[dict[str, Any]]], function: str) -> None:
    """Each special field is of its kind, and no other field has the name of one."""
    assert [line for line in lines[function] if f"{SPECIAL}trace" in line]
    for line in lines[function]:
        msgspec.convert(line, Line)
        assert not {name for name in line if name.startswith(SPECIAL)} - KNOWN, line
        assert not OTHER_TIMES & line.keys(), line
