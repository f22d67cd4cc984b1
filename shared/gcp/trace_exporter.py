"""Finished spans → an OTLP endpoint, by OpenTelemetry's SDK: a collector, the local stack, or Google's Telemetry API.

The SDK is loaded by the first sampled request, on the thread that sends; nobody who is answered waits for either.
An instance that answers nobody may get no processor: so what is finished is sent at the end of each sampled request,
and what that did not manage with the next one, or when the instance is told to go.
Source of Google's endpoint: https://cloud.google.com/stackdriver/docs/reference/telemetry/overview
"""

import logging
import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from shared.config import Settings
from shared.telemetry import Span, event, log

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

SECONDS = 3.0  # for one sending, retries and all; Cloud Run gives 10 to an instance that must go
MOST_WAITING = 2048  # spans, the SDK's own number; the oldest go first
GOOGLE = ".googleapis.com"
SCOPE = "https://www.googleapis.com/auth/trace.append"


def exporter_of(settings: Settings, service: str) -> "TraceExporter | None":
    """What exports the traces of the function `service`; None where it is not said whereto."""
    if settings.otel_exporter_otlp_endpoint is None:
        return None
    return TraceExporter(settings.otel_exporter_otlp_endpoint, service, settings.google_cloud_project)


class TraceExporter:
    """Takes finished spans from any thread; `flush` sends them."""

    def __init__(self, endpoint: str, service: str, project: str | None, seconds: float = SECONDS) -> None:
        """`endpoint` is a base URL, below which OTLP has its `/v1/traces`; `seconds` bound each sending."""
        self._seconds = seconds
        self._endpoint = f"{endpoint.rstrip('/')}/v1/traces"
        self._about = {"service.name": service, "gcp.project_id": project, **_platform()}
        self._finished: deque[Span] = deque(maxlen=MOST_WAITING)
        self._thread = ThreadPoolExecutor(1, "traces")  # which begins with the first span to be sent
        self._sdk: tuple[TracerProvider, _Replay] | None = None

    def __call__(self, span: Span) -> None:
        """Take a finished span."""
        self._finished.append(span)

    def flush(self) -> Future[None] | None:
        """Begin to send what is there; None: nothing is. Whatever goes wrong is logged, and costs those spans."""
        return self._thread.submit(self._send) if self._finished else None

    def _send(self) -> None:
        try:
            self._sdk = self._sdk or self._made()
            provider, replay = self._sdk
            while self._finished:
                replay(self._finished.popleft())
            provider.force_flush(round(self._seconds * 1000))
        except Exception as exc:  # noqa: BLE001 - traces are a help, and never the reason for which anything fails
            event("traces not sent", level=logging.WARNING, error=exc)

    def _made(self) -> "tuple[TracerProvider, _Replay]":
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import OTELResourceDetector, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ALWAYS_ON

        vendors = logging.getLogger("opentelemetry")
        vendors.handlers, vendors.propagate = [*log.handlers], False  # what it complains of is a line like any other
        ids = _ids()
        about = {name: value for name, value in self._about.items() if value}
        # Not Resource.create, which asks on threads: the process may be ending, and begin none any more.
        resource = OTELResourceDetector().detect().merge(Resource(about))
        provider = TracerProvider(ALWAYS_ON, resource, id_generator=ids)
        sender = OTLPSpanExporter(self._endpoint, timeout=self._seconds, session=session_of(self._endpoint))
        provider.add_span_processor(BatchSpanProcessor(sender))
        return provider, _Replay(provider, ids)


class _Replay:
    """Tells the SDK of a span that was recorded, with its own ids and times."""

    def __init__(self, provider: "TracerProvider", ids: Any) -> None:
        self._tracer = provider.get_tracer("darkroom")
        self._ids = ids

    def __call__(self, span: Span) -> None:
        from opentelemetry import trace

        def context(of: Any) -> Any:
            flags = trace.TraceFlags(of.sampled)
            return trace.SpanContext(int(of.trace_id, 16), int(of.span_id, 16), is_remote=True, trace_flags=flags)

        above = span.parent
        self._ids.next = int(above.trace_id, 16), int(span.context.span_id, 16)
        parent = trace.NonRecordingSpan(context(above)) if above.span_id else trace.INVALID_SPAN
        told = self._tracer.start_span(
            span.name,
            trace.set_span_in_context(parent),
            trace.SpanKind[span.kind.upper()],
            span.attributes,
            [trace.Link(context(span.link))] if span.link else (),
            span.start_ns,
        )
        if span.error:
            told.set_status(trace.Status(trace.StatusCode.ERROR, span.error))
        told.end(span.end_ns)


def _ids() -> Any:
    """Gives the SDK the ids that a span has already."""
    from opentelemetry.sdk.trace.id_generator import IdGenerator

    class Recorded(IdGenerator):
        next = 0, 0

        def generate_trace_id(self) -> int:
            return self.next[0]

        def generate_span_id(self) -> int:
            return self.next[1]

    return Recorded()


def _platform() -> dict[str, str | None]:
    """What Cloud Run says of the instance; the rest comes by OTEL_RESOURCE_ATTRIBUTES, which the SDK reads itself."""
    return {"faas.name": os.environ.get("K_SERVICE"), "faas.version": os.environ.get("K_REVISION")}


def session_of(endpoint: str) -> Any:
    """What asks Google's own endpoint: the function's identity; None: any other is asked as it is."""
    if not (urlsplit(endpoint).hostname or "").endswith(GOOGLE):
        return None
    import google.auth
    from google.auth.transport.requests import AuthorizedSession

    credentials, _ = google.auth.default(scopes=[SCOPE])
    return AuthorizedSession(credentials)
