"""POST requests of which nothing but the answer's status is asked, over connections that are kept for a while.

A general client's own work was two thirds of what a push costs; so this knows one verb, one body, and one number.
"""

import asyncio
import base64
import re
import ssl
from collections import defaultdict
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import NamedTuple
from urllib.parse import quote, unquote_to_bytes, urlsplit

import httptools

IDLE = 1.0  # seconds that a connection waits for its next request; servers keep theirs for 2 s at least (gunicorn)
MOST_IDLE = 100  # connections
FINAL = 200  # an answer below is followed by another
# As RFC 9110 has them (5.1, 5.5). A line break in a value would be a header of its own.
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"(?:[!-~](?:[\t -~]*[!-~])?)?")
_KEPT = "/?:@!$&'()*+,;=%~"  # of a path and a query (RFC 3986, 3.3 and 3.4), and what is escaped already
_FRAMING = {"content-length", "transfer-encoding"}  # are said here


class _Target(NamedTuple):
    """Where a URL leads."""

    tls: bool
    host: str
    port: int
    authority: str  # for the header `host`
    head: str  # the request line, and the headers that all requests have


class Poster:
    """A pool of connections, to be made and used within one event loop."""

    def __init__(self, idle: float = IDLE) -> None:
        """`idle`: seconds that a connection waits for its next request."""
        self._patience = idle
        self._idle: defaultdict[tuple[bool, str, int], list[_Connection]] = defaultdict(list)
        self._sweeping: asyncio.TimerHandle | None = None
        self._closed = False

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """The status of the answer, once all of it has come; cancelled, it ends the connection.

        Raises:
            OSError: nobody answers there, or the connection broke before the answer had come.
            ValueError: the URL or a header cannot be sent, or the answer is not HTTP.
        """
        target = _target(url)
        request = _head(target, headers, len(body)) + body
        connection = self._kept(target) or await _connect(target)
        try:
            status = await connection.ask(request)
        except BaseException:
            connection.abort()
            raise
        if connection.reusable and not self._closed:
            self._keep(target, connection)
        else:
            connection.abort()
        return status

    def close(self) -> None:
        """End what is idle; what is under way ends with its answer."""
        self._closed = True
        if self._sweeping:
            self._sweeping.cancel()
        for connections in self._idle.values():
            for connection in connections:
                connection.abort()
        self._idle.clear()

    def _kept(self, target: _Target) -> "_Connection | None":
        now = asyncio.get_running_loop().time()
        connections = self._idle[target[:3]]
        while connections:
            connection = connections.pop()
            if connection.reusable and now - connection.idle_since < self._patience:
                return connection
            connection.abort()
        return None

    def _keep(self, target: _Target, connection: "_Connection") -> None:
        loop = asyncio.get_running_loop()
        connection.idle_since = loop.time()
        connections = self._idle[target[:3]]
        connections.append(connection)
        if len(connections) > MOST_IDLE:
            connections.pop(0).abort()
        if self._sweeping is None:
            self._sweeping = loop.call_later(self._patience, self._sweep)

    def _sweep(self) -> None:
        """End what has been idle for too long; the oldest are first."""
        loop = asyncio.get_running_loop()
        for origin, connections in tuple(self._idle.items()):
            while connections and loop.time() - connections[0].idle_since >= self._patience:
                connections.pop(0).abort()
            if not connections:
                del self._idle[origin]
        self._sweeping = loop.call_later(self._patience, self._sweep) if self._idle else None


class _Connection(asyncio.Protocol):
    """One connection, and at most one request on it."""

    def __init__(self) -> None:
        self.idle_since = 0.0  # by the loop's clock
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[int] | None = None
        self._status = 0  # of an answer whose headers have come
        self._until_end = True  # nothing but the end of the connection says where its body ends
        self._may_stay = False

    @property
    def reusable(self) -> bool:
        """Whether it may be asked once more."""
        return self._may_stay and self._transport is not None and not self._transport.is_closing()

    async def ask(self, request: bytes) -> int:
        """Send a request and wait for the status of its answer."""
        if self._transport is None or self._transport.is_closing():
            raise ConnectionResetError("the connection is closed")
        self._answer = asyncio.get_running_loop().create_future()
        self._may_stay = False
        self._transport.write(request)
        return await self._answer

    def abort(self) -> None:
        """End it at once."""
        if self._transport:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It stands."""
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """A part of the answer."""
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as exc:
            self._fail(ValueError(f"the answer is not HTTP: {exc!r}"))
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """The far end has closed it, or it broke."""
        if self._status and self._until_end and exc is None:
            self._finish()
        self._fail(ConnectionResetError("the connection ended before the answer"))

    def on_message_begin(self) -> None:
        """An answer begins."""
        self._status, self._until_end = 0, True
        if self._answer is None or self._answer.done():  # nobody asked: what comes after cannot be told apart
            self.abort()

    def on_header(self, name: bytes, _: bytes) -> None:
        """A header of the answer."""
        if name.lower() in {b"content-length", b"transfer-encoding"}:
            self._until_end = False

    def on_headers_complete(self) -> None:
        """The headers are complete."""
        self._status = self._parser.get_status_code()

    def on_message_complete(self) -> None:
        """The answer is complete; an interim one is followed by the real one."""
        if self._status >= FINAL:
            self._may_stay = self._parser.should_keep_alive()
            self._finish()

    def _finish(self) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_result(self._status)

    def _fail(self, error: Exception) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_exception(error)


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


async def _connect(target: _Target) -> _Connection:
    _, connection = await asyncio.get_running_loop().create_connection(
        _Connection, target.host, target.port, ssl=_tls() if target.tls else None
    )
    return connection


@lru_cache(maxsize=256)
def _target(url: str) -> _Target:
    parts = urlsplit(url)
    tls = parts.scheme == "https"
    host = (parts.hostname or "").encode("idna").decode()
    port = parts.port or (443 if tls else 80)
    name = f"[{host}]" if ":" in host else host
    path = quote(parts.path or "/", safe=_KEPT) + (f"?{quote(parts.query, safe=_KEPT)}" if parts.query else "")
    lines = [f"POST {path} HTTP/1.1", "accept: */*"]
    if parts.username is not None:
        user = unquote_to_bytes(parts.username) + b":" + unquote_to_bytes(parts.password or "")
        lines.append(f"authorization: Basic {base64.b64encode(user).decode()}")
    return _Target(tls, host, port, f"{name}:{parts.port}" if parts.port else name, "\r\n".join(lines))


def _head(target: _Target, headers: Mapping[str, str], size: int) -> bytes:
    lines = [target.head]
    if "host" not in headers:
        lines.append(f"host: {target.authority}")
    for name, value in headers.items():
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value) or name.lower() in _FRAMING:
            raise ValueError(f"{name!r} with the value {value!r} is no header")
        lines.append(f"{name}: {value}")
    lines.append(f"content-length: {size}\r\n\r\n")
    return "\r\n".join(lines).encode("ascii")
