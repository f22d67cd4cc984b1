"""`python -m infra.local.gateway PORT function=URL …`: one address for all functions, as the load balancer deployed.

Bodies pass as they come, both ways, so that server-sent events are not held back; a client that leaves, leaves the
function too. It listens on 127.0.0.1 alone.
"""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any

import httpx
import uvicorn
import uvloop

from infra.local.ports import HOST

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
RawHeaders = list[tuple[bytes, bytes]]

LOCAL = "/local/"  # pages of the local stack itself
READ = {"GET", "HEAD", "OPTIONS"}
IMAGES = "/v1/images/"
# Headers between two neighbours (RFC 9110, 7.6.1), and those that this hop says itself.
HOP_BY_HOP = {
    b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection", b"te",
    b"trailer", b"transfer-encoding", b"upgrade",
}  # fmt: skip
SAID_HERE = {b"host", b"expect", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto"}
CONNECT_SECONDS = 2.0
# Shorter than the two seconds for which gunicorn keeps an idle connection: else a request may meet its end.
IDLE_SECONDS = 1.0


def route(method: str, path: str, functions: Iterable[str]) -> str:
    """The function that answers `method path`; `local` are the pages of the local cloud's control port."""
    if path.startswith(LOCAL) and "local" in functions:
        return "local"
    if path.startswith(IMAGES) and "openai" in functions:
        return "openai"
    return "status" if method in READ and not path.startswith(IMAGES) else "submit"


def end_to_end(headers: Iterable[tuple[bytes, bytes]]) -> RawHeaders:
    """The headers that are not only for the next neighbour; names in lower case.

    White space around a value is no part of it (RFC 9110, 5.5); not every server takes it away, and httpx sends none.
    """
    lower = [(name.lower(), value.strip(b" \t")) for name, value in headers]
    named = {word.strip().lower() for name, value in lower if name == b"connection" for word in value.split(b",")}
    return [(name, value) for name, value in lower if name not in HOP_BY_HOP | named]


class Gateway:
    """An ASGI application that hands each request to the function it is for."""

    def __init__(self, functions: Mapping[str, str]) -> None:
        """`functions`: name → base URL."""
        self._functions = functions
        # The machine's proxy settings are not for this hop.
        self._http = httpx.AsyncClient(
            trust_env=False,
            timeout=httpx.Timeout(None, connect=CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=100, keepalive_expiry=IDLE_SECONDS),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; when the client leaves first, the function's request is ended too."""
        body = _Body(receive)
        forward = asyncio.create_task(self._forward(scope, body, send))
        left = asyncio.create_task(body.client_left())
        try:
            await asyncio.wait({forward, left}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            left.cancel()
            if not forward.done():
                forward.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await forward

    async def close(self) -> None:
        """Close the connections to the functions."""
        await self._http.aclose()

    async def _forward(self, scope: Scope, body: "_Body", send: Send) -> None:
        name = route(scope["method"], scope["path"], self._functions)
        try:
            response = await self._http.send(self._request(scope, body, self._functions[name]), stream=True)
        except httpx.TransportError as exc:
            await _refuse(send, name, f"{name} does not answer at {self._functions[name]}: {type(exc).__name__}")
            return
        except ClientLeftError:
            return
        try:
            headers = end_to_end(response.headers.raw)
            await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
            async for chunk in response.aiter_raw():
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            await response.aclose()

    def _request(self, scope: Scope, body: "_Body", base: str) -> httpx.Request:
        headers = [(name, value) for name, value in end_to_end(scope["headers"]) if name not in SAID_HERE]
        given = dict(scope["headers"])
        has_body = b"content-length" in given or b"transfer-encoding" in given
        if not has_body:
            body.is_empty()
        forwarded = {
            b"x-forwarded-for": (scope.get("client") or [HOST])[0].encode(),
            b"x-forwarded-host": given.get(b"host", b""),
            b"x-forwarded-proto": scope.get("scheme", "http").encode(),
        }
        # The target goes as it came: httpx would normalise a URL's path.
        target = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
        request = self._http.build_request(
            scope["method"], base, content=body.chunks() if has_body else None, extensions={"target": target}
        )
        own = {b"host", b"transfer-encoding"} - ({b"transfer-encoding"} if b"content-length" in given else set())
        kept = [(name, value) for name, value in request.headers.raw if name.lower() in own]
        request.headers = httpx.Headers([*kept, *headers, *forwarded.items()])
        return request


class ClientLeftError(Exception):
    """The client went away in the middle of its request."""


class _Body:
    """The request's body, and after it the news that the client left."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._read = asyncio.Event()  # to its end, or nobody will read on
        self._left = asyncio.Event()

    async def chunks(self) -> AsyncIterator[bytes]:
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                self._left.set()
                self._read.set()
                raise ClientLeftError
            more = message.get("more_body", False)
            yield message.get("body", b"")
        self._read.set()

    def is_empty(self) -> None:
        """Nobody will read it: the next news can be that the client left."""
        self._read.set()

    async def client_left(self) -> None:
        """Wait until the client is gone."""
        await self._read.wait()
        while not self._left.is_set():
            if (await self._receive())["type"] == "http.disconnect":
                self._left.set()


async def _refuse(send: Send, function: str, detail: str) -> None:
    print(detail, flush=True)
    problem = {"type": "about:blank", "title": "Bad Gateway", "status": 502, "code": "function_down"}
    content = json.dumps({**problem, "detail": detail, "function": function}).encode()
    headers = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": 502, "headers": headers})
    await send({"type": "http.response.body", "body": content})


async def _serve(port: int, functions: Mapping[str, str]) -> None:
    gateway = Gateway(functions)
    config = uvicorn.Config(
        gateway, HOST, port, lifespan="off", ws="none", log_level="warning", access_log=False, server_header=False,
        date_header=False, proxy_headers=False, timeout_graceful_shutdown=1,
    )  # fmt: skip
    await uvicorn.Server(config).serve()
    await gateway.close()


def main() -> None:
    """Serve until told to stop."""
    functions = dict(argument.split("=", 1) for argument in sys.argv[2:])
    with contextlib.suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(int(sys.argv[1]), functions))


if __name__ == "__main__":
    main()
