"""The gateway between clients and functions."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn

from infra.local.gateway import Gateway, end_to_end, route
from infra.local.ports import HOST, free_ports

App = Callable[[Any, Any, Any], Awaitable[None]]
SECONDS = 60  # until a thing that must happen counts as not happening


@pytest.mark.parametrize(
    ("method", "path", "function"),
    [
        ("GET", "/v1/jobs/a", "status"),
        ("HEAD", "/", "status"),
        ("OPTIONS", "/v1/jobs", "status"),
        ("POST", "/v1/jobs", "submit"),
        ("DELETE", "/v1/jobs/a", "submit"),
        ("PUT", "/anything", "submit"),
        ("POST", "/v1/images/generations", "openai"),
        ("GET", "/v1/images/generations", "openai"),
        ("POST", "/v1/imagesque", "submit"),
    ],
)
def test_the_method_chooses_the_function_but_for_openais_paths(method: str, path: str, function: str) -> None:
    """Reads go to status, all else to submit, and OpenAI's paths to openai."""
    assert route(method, path, ["openai", "status", "submit"]) == function


def test_without_openai_its_paths_are_submits_to_refuse() -> None:
    """No method reaches status under OpenAI's paths."""
    assert {route(method, "/v1/images/x", ["status", "submit"]) for method in ("GET", "POST")} == {"submit"}


def test_headers_for_one_hop_end_there() -> None:
    """What RFC 9110 calls hop-by-hop, and what `Connection` names, is not handed on; doubles are."""
    given = [
        (b"Connection", b"keep-alive, X-Mine"),
        (b"X-Mine", b"1"),
        (b"TE", b"trailers"),
        (b"A", b"1"),
        (b"a", b"2"),
    ]
    assert end_to_end(given) == [(b"a", b"1"), (b"a", b"2")]


async def test_the_target_goes_as_it_came() -> None:
    """Escapes, dots and the query string reach the function unchanged."""

    async def echo(scope: Any, _: Any, send: Any) -> None:
        await _answer(send, scope["raw_path"] + b"?" + scope["query_string"])

    async with _behind_gateway(echo) as port:
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(b"GET /v1/jobs/a%2Fb/../c?q=%20x&q=y HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        assert (await reader.read()).endswith(b"/v1/jobs/a%2Fb/../c?q=%20x&q=y")
        writer.close()


async def test_the_function_learns_what_the_client_called() -> None:
    """The forwarding headers are the gateway's own, whatever the client says."""

    async def echo(scope: Any, _: Any, send: Any) -> None:
        await _answer(send, repr(sorted(header for header in scope["headers"] if header[0][:2] == b"x-")).encode())

    async with _behind_gateway(echo) as port, _client(port) as http:
        answer = await http.get("/", headers={"X-Forwarded-Host": "evil", "X-Forwarded-Proto": "gopher", "X-Own": "1"})
    assert eval(answer.text) == [  # noqa: S307 - written by this test
        (b"x-forwarded-for", HOST.encode()),
        (b"x-forwarded-host", f"{HOST}:{port}".encode()),
        (b"x-forwarded-proto", b"http"),
        (b"x-own", b"1"),
    ]


async def test_an_answer_passes_piece_by_piece() -> None:
    """A client reads the first event while the function is still at work on the second."""
    seen = asyncio.Event()

    async def events(_: Any, __: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
        await asyncio.wait_for(seen.wait(), SECONDS)
        await send({"type": "http.response.body", "body": b"data: 2\n\n"})

    async with _behind_gateway(events) as port, _client(port) as http, http.stream("GET", "/") as answer:
        pieces = answer.aiter_raw()
        assert await asyncio.wait_for(anext(pieces), SECONDS) == b"data: 1\n\n"
        seen.set()
        assert [piece async for piece in pieces] == [b"data: 2\n\n"]


async def test_a_request_passes_piece_by_piece() -> None:
    """The function reads the beginning of a body before the client has sent its end."""
    begun = asyncio.Event()

    async def upload(_: Any, receive: Any, send: Any) -> None:
        size, more = 0, True
        while more:
            message = await receive()
            size, more = size + len(message["body"]), message["more_body"]
            begun.set()
        await _answer(send, str(size).encode())

    async def body() -> AsyncIterator[bytes]:
        yield b"x" * 1000
        await asyncio.wait_for(begun.wait(), SECONDS)
        yield b"y"

    async with _behind_gateway(upload) as port, _client(port) as http:
        assert (await http.post("/", content=body())).text == "1001"


@pytest.mark.parametrize("headers_sent", [False, True])
async def test_a_client_that_leaves_leaves_the_function_too(*, headers_sent: bool) -> None:
    """The function hears of it, whether it is still thinking or already answering."""
    begun, left = asyncio.Event(), asyncio.Event()

    async def slow(_: Any, receive: Any, send: Any) -> None:
        if headers_sent:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"x", "more_body": True})
        begun.set()
        while (await receive())["type"] != "http.disconnect":
            pass
        left.set()

    async with _behind_gateway(slow) as port:
        _, writer = await asyncio.open_connection(HOST, port)
        writer.write(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        await asyncio.wait_for(begun.wait(), SECONDS)
        writer.close()
        await asyncio.wait_for(left.wait(), SECONDS)


async def test_a_function_that_is_down_is_named() -> None:
    """502 as problem+json says which function does not answer."""
    gateway = Gateway({"status": f"http://{HOST}:{free_ports(1)[0]}", "submit": ""})
    async with _serving(gateway) as port, _client(port) as http:
        answer = await http.get("/v1/jobs/a")
    await gateway.close()
    assert answer.status_code == 502
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.json()["code"], answer.json()["function"]) == ("function_down", "status")


async def test_an_early_refusal_reaches_a_client_that_is_still_sending() -> None:
    """A function that answers 413 without reading is heard."""

    async def refuse(_: Any, __: Any, send: Any) -> None:
        await _answer(send, b"too large", 413)

    async with _behind_gateway(refuse) as port, _client(port) as http:
        answer = await http.post("/", content=b"x" * 3_000_000)
    assert (answer.status_code, answer.text) == (413, "too large")


async def _answer(send: Any, body: bytes, status: int = 200) -> None:
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _client(port: int) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=f"http://{HOST}:{port}", trust_env=False, timeout=SECONDS)


@asynccontextmanager
async def _behind_gateway(function: App) -> AsyncIterator[int]:
    """`function` as every function of a gateway; gives the gateway's port."""
    async with _serving(function) as port:
        url = f"http://{HOST}:{port}"
        gateway = Gateway({"status": url, "submit": url})
        async with _serving(gateway) as front:
            yield front
        await gateway.close()


@asynccontextmanager
async def _serving(app: Any) -> AsyncIterator[int]:
    listener = socket.create_server((HOST, 0))
    config = uvicorn.Config(app, lifespan="off", log_level="critical", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve([listener]))  # noqa: SLF001 - `serve` would take the test's Ctrl-C
    while not server.started:  # noqa: ASYNC110 - uvicorn offers a flag, no event
        await asyncio.sleep(0.005)
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await task
