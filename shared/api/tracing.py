"""What traces are told of requests and messages.

Source of the names: OpenTelemetry's semantic conventions, https://opentelemetry.io/docs/specs/semconv/http/http-spans/
and …/messaging/gcp-pubsub/
"""

from collections.abc import Awaitable, Callable

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response

from shared.telemetry import Attributes, begin_trace, flushed, span
from shared.triggers import Message

FAILED = 500  # and above, the server is to blame
FLUSH = BackgroundTask(flushed)
UNTOLD = {401, 429}  # whoever may not come in, or comes too often, shall not cost a trace each time

Answer = Callable[[Request], Awaitable[Response]]
Around = Callable[[Request, Answer], Awaitable[Response]]


async def as_request(request: Request, answer: Answer) -> Response:
    """The answer to a client, in the trace of its `traceparent`, or in a new one; sent before the spans are."""
    begin_trace(request.headers.get("traceparent"), sample=True)
    about = {"http.request.method": request.method, "url.path": request.scope["path"]}
    with span(request.method, "server", about) as served:
        given = await answer(request)
        if operation := request.scope.get("operation"):
            served.rename(f"{request.method} {operation.path}")
            served.set({"http.route": operation.path, "darkroom.operation": operation.id})
        served.set({"http.response.status_code": given.status_code})
        if given.status_code >= FAILED:
            served.fail(str(given.status_code))
        if given.status_code in UNTOLD:
            served.discard()
    given.background = given.background or FLUSH
    return given


async def as_message(request: Request, answer: Answer) -> Response:
    """The answer to who brings messages, whose handler goes on in their traces; once their spans are sent.

    Nobody waits for it, and after it the instance may get no processor.
    """
    begin_trace(request.headers.get("traceparent"))
    try:
        return await answer(request)
    finally:
        await flushed()


def received(message: Message) -> Attributes:
    """Of a message that is processed."""
    return {
        "messaging.system": "gcp_pubsub",
        "messaging.operation.type": "process",
        "messaging.operation.name": "process",
        "messaging.destination.subscription.name": (message.subscription or "").rpartition("/")[2] or None,
        "messaging.message.id": message.message_id or None,
        "messaging.gcp_pubsub.message.delivery_attempt": message.delivery_attempt,
    }
