"""Traces: OTLP over HTTP, as `POST /v1/traces` of a collector, and the last of them to look at.

Source: https://opentelemetry.io/docs/specs/otlp/ (OTLP/HTTP, binary protobuf)
"""

import gzip
import zlib
from collections.abc import Iterable
from typing import Any

import msgspec
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Sent
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from infra.local.kernel import Kernel
from infra.local.rest import HttpError, HttpService
from infra.local.traces_page import page_of, page_of_all
from infra.local.traces_store import Span, Traces

PROTOBUF = "application/x-protobuf"


def traces_service(kernel: Kernel) -> HttpService:
    """What takes traces, and shows them."""
    service = HttpService(kernel, "traces")
    traces = Traces()

    async def export(request: Request) -> Response:
        """OTLP's ExportTraceServiceRequest, in binary protobuf, gzipped or not; all of it is taken or none."""
        for trace_id, span in _read(await _body(request)):
            traces.add(trace_id, span)
        return Response(ExportTraceServiceResponse().SerializeToString(), media_type=PROTOBUF)

    async def listed(request: Request) -> Response:
        """The last traces: a page for browsers, JSON for others."""
        found = list(traces.all())
        if _wants_page(request):
            return HTMLResponse(page_of_all(found))
        return JSONResponse([{"trace_id": trace_id, "spans": len(spans)} for trace_id, spans in found])

    async def one(request: Request) -> Response:
        """One trace, its spans by their beginning: a waterfall for browsers, JSON for others."""
        trace_id = request.path_params["id"]
        if not (spans := traces.of(trace_id)):
            raise HttpError(404, f"there is no trace {trace_id}: it was not sampled, not sent yet, or is too old")
        if _wants_page(request):
            return HTMLResponse(page_of(trace_id, spans))
        return JSONResponse({"trace_id": trace_id, "spans": msgspec.to_builtins(spans)})

    service.route("export", "POST", "/v1/traces", export)
    service.route("list", "GET", "/local/traces", listed)
    service.route("get", "GET", "/local/traces/{id}", one)
    return service


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


async def _body(request: Request) -> bytes:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip()
    if media_type != PROTOBUF:
        raise HttpError(415, f"traces are taken as {PROTOBUF}, not as {media_type or 'nothing named'}")
    body = await request.body()
    match request.headers.get("content-encoding", "identity"):
        case "identity":
            return body
        case "gzip":
            try:
                return gzip.decompress(body)
            except (OSError, EOFError, zlib.error) as exc:
                raise HttpError(400, f"the body is not gzipped: {exc}") from exc
        case other:
            raise HttpError(415, f"the content encoding {other} is not taken; gzip is")


def _read(body: bytes) -> list[tuple[str, Span]]:
    try:
        sent = ExportTraceServiceRequest.FromString(body)
    except DecodeError as exc:
        raise HttpError(400, f"the body is no ExportTraceServiceRequest: {exc}") from exc
    found = []
    for of_resource in sent.resource_spans:
        resource = _values(of_resource.resource.attributes)
        if not resource.get("service.name"):
            raise HttpError(400, "a resource has no service.name")
        for of_scope in of_resource.scope_spans:
            for span in of_scope.spans:
                _check(span)
                found.append((span.trace_id.hex(), _shown(span, resource)))
    return found


def _check(span: Any) -> None:
    name = span.name
    if not name:
        raise HttpError(400, "a span has no name")
    if len(span.trace_id) != 16 or not any(span.trace_id):  # noqa: PLR2004 - as OTLP has it
        raise HttpError(400, f"the span {name!r} has no trace id of 16 bytes that are not all 0")
    if len(span.span_id) != 8 or not any(span.span_id):  # noqa: PLR2004 - likewise
        raise HttpError(400, f"the span {name!r} has no id of 8 bytes that are not all 0")
    if len(span.parent_span_id) not in {0, 8}:
        raise HttpError(400, f"the parent's id of the span {name!r} has not 8 bytes")
    if not 0 < span.start_time_unix_nano <= span.end_time_unix_nano:
        raise HttpError(400, f"the span {name!r} does not begin before it ends")


def _shown(span: Any, resource: dict[str, Any]) -> Span:
    return Span(
        service=resource["service.name"],
        name=span.name,
        kind=Sent.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex() or None,
        start_ns=span.start_time_unix_nano,
        duration_ms=(span.end_time_unix_nano - span.start_time_unix_nano) / 1e6,
        error=(span.status.message or "error") if span.status.code == span.status.STATUS_CODE_ERROR else None,
        attributes=_values(span.attributes),
        links=[{"trace_id": link.trace_id.hex(), "span_id": link.span_id.hex()} for link in span.links],
        resource=resource,
    )


def _values(attributes: Iterable[Any]) -> dict[str, Any]:
    return {attribute.key: _value(attribute.value) for attribute in attributes}


def _value(value: Any) -> Any:
    match value.WhichOneof("value"):
        case None:
            return None
        case "array_value":
            return [_value(each) for each in value.array_value.values]
        case "kvlist_value":
            return _values(value.kvlist_value.values)
        case "bytes_value":
            return value.bytes_value.hex()
        case kind:
            return getattr(value, kind)
