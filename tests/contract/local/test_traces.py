"""Traces in the local cloud: what it takes by OTLP, and how it shows them."""

import gzip
from collections.abc import Callable
from secrets import token_bytes
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.processes import RunningCloud

PROTOBUF = {"content-type": "application/x-protobuf"}
Change = Callable[[Any], None]


@pytest.fixture
def url(cloud: RunningCloud) -> str:
    """Where traces go."""
    return cloud.environment["OTEL_EXPORTER_OTLP_ENDPOINT"]


def a_request(change: Change = lambda _: None) -> Any:
    """A request with one span, which `change` may spoil."""
    request = ExportTraceServiceRequest()
    of_resource = request.resource_spans.add()
    name = of_resource.resource.attributes.add(key="service.name")
    name.value.string_value = "submit"
    span = of_resource.scope_spans.add().spans.add()
    span.trace_id, span.span_id, span.name = token_bytes(16), token_bytes(8), "<script>alert(1)</script>"
    span.start_time_unix_nano, span.end_time_unix_nano = 10**18, 10**18 + 1_500_000
    span.attributes.add(key="of").value.array_value.values.add().string_value = "<b>"
    change(span)
    return request


def sent(url: str, request: Any, **headers: str) -> httpx.Response:
    """The answer to an export."""
    return httpx.post(f"{url}/v1/traces", content=request.SerializeToString(), headers={**PROTOBUF, **headers})


def trace_of(request: Any) -> str:
    """The id of its trace, in hexadecimal."""
    trace_id: bytes = request.resource_spans[0].scope_spans[0].spans[0].trace_id
    return trace_id.hex()


def test_what_was_sent_is_shown_once_and_escaped(url: str) -> None:
    """As JSON and as a page, even where its sender repeats it; a span is some program's, and no part of the page."""
    request = a_request()
    content = gzip.compress(request.SerializeToString())
    zipped = httpx.post(f"{url}/v1/traces", content=content, headers={**PROTOBUF, "content-encoding": "gzip"})
    again = sent(url, request)
    assert [(answer.status_code, answer.content) for answer in (zipped, again)] == [(200, b"")] * 2
    at = f"{url}/local/traces/{trace_of(request)}"
    (span,) = httpx.get(at).json()["spans"]
    assert (span["service"], span["duration_ms"], span["attributes"]) == ("submit", 1.5, {"of": ["<b>"]})
    assert {"trace_id": trace_of(request), "spans": 1} in httpx.get(f"{url}/local/traces").json()
    for page in (at, f"{url}/local/traces"):
        text = httpx.get(page, headers={"accept": "text/html,*/*"}).text
        assert "&lt;script&gt;alert(1)" in text
        assert "<script" not in text


def _set(**fields: Any) -> Change:
    def change(span: Any) -> None:
        for name, value in fields.items():
            setattr(span, name, value)

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_set(trace_id=bytes(16)), "trace id"),
        (_set(trace_id=b"short"), "trace id"),
        (_set(span_id=bytes(8)), "8 bytes"),
        (_set(parent_span_id=b"short"), "parent"),
        (_set(name=""), "no name"),
        (_set(end_time_unix_nano=1), "begin before it ends"),
    ],
)
def test_a_span_that_is_none_is_refused(url: str, change: Change, said: str) -> None:
    """With all that came with it, so that who sends it hears of it."""
    answer = sent(url, a_request(change))
    assert answer.status_code == 400
    assert said in answer.json()["error"]["message"]


def test_what_is_no_export_is_refused(url: str) -> None:
    """Another media type, another encoding, other bytes, nobody's spans; and nothing is known of other traces."""
    nobodys = a_request()
    del nobodys.resource_spans[0].resource.attributes[:]
    assert sent(url, nobodys).status_code == 400
    assert sent(url, a_request(), **{"content-type": "application/json"}).status_code == 415
    assert sent(url, a_request(), **{"content-encoding": "br"}).status_code == 415
    assert sent(url, a_request(), **{"content-encoding": "gzip"}).status_code == 400
    assert httpx.post(f"{url}/v1/traces", content=b"\xff", headers=PROTOBUF).status_code == 400
    assert httpx.get(f"{url}/local/traces/{trace_of(nobodys)}").status_code == 404
