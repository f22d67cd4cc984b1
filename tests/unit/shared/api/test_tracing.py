"""What traces are told of a request: its route, never its query; how it was answered; and when they are sent."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.testclient import TestClient

from shared.api.operations import Operation
from shared.api.router import Router, everybody, messages
from tests.fakes.trace_exporter import Spans, recording

CLIENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def spans() -> Iterator[Spans]:
    """What is recorded within the test."""
    with recording() as found:
        yield found


async def _thing(request: Request) -> Response:
    if request.path_params["id"] == "broken":
        raise ValueError("words of a prompt")
    return Response("found")


def ask(router: Router, path: str, method: str = "GET") -> int:
    """The status of the answer to a request in a sampled trace."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await (await router(Request(scope, receive)))(scope, receive, send)

    return TestClient(app).request(method, path, headers={"traceparent": CLIENT}).status_code


@pytest.mark.parametrize(
    ("path", "name", "status", "error"),
    [
        ("/things/17?q=a+red+fox", "GET /things/{id}", 200, None),
        ("/things/broken", "GET /things/{id}", 500, "500"),
        ("/nothing", "GET", 404, None),
    ],
)
def test_a_request_is_a_span_of_its_route(spans: Spans, path: str, name: str, status: int, error: str | None) -> None:
    """Only what is the server's fault is an error, and the spans are sent when it is answered."""
    router = Router([(Operation("getThing", "GET", "/things/{id}", None, None), _thing)], everybody)
    assert ask(router, path) == status
    span = spans[name]
    assert (span.kind, span.attributes["http.response.status_code"], span.error) == ("server", status, error)
    assert span.attributes["url.path"] == path.partition("?")[0]
    assert "prompt" not in str(span.attributes)
    assert spans.flushes == 1


@pytest.mark.parametrize("status", [401, 429])
def test_whoever_is_not_let_in_leaves_no_span(spans: Spans, status: int) -> None:
    """Else anybody could have as many traces kept, and paid, as there are requests."""

    async def refuse(_: Request, __: Operation) -> Response:
        return Response(status_code=status)

    router = Router([(Operation("getThing", "GET", "/things/{id}", None, None), _thing)], refuse)
    assert (ask(router, "/things/17"), spans.finished) == (status, [])


def test_a_message_s_spans_are_its_handler_s(spans: Spans) -> None:
    """And they are sent before the answer, after which there may be no processor."""
    sent = []

    async def handler(_: Request) -> Response:
        sent.append(spans.flushes)
        return Response()

    assert ask(messages(handler), "/", "POST") == 200
    assert (sent, spans.flushes, spans.finished) == ([0], 1, [])
