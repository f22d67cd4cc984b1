"""A gRPC server on one port of the event loop."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import grpc

from infra.local.http2.calls import Call, Handler
from infra.local.http2.connection import Connection
from infra.local.http2.headers import Headers
from infra.local.http2.streams import Stream
from infra.local.ports import bound


@dataclass(frozen=True)
class Limits:
    """What a client may do."""

    streams: int  # calls at once on a connection: further ones wait, at the client's
    message: int  # bytes


class GrpcServer:
    """Answers the methods in a table; refuses all others by their full name."""

    def __init__(self, handlers: Mapping[str, Handler], limits: Limits) -> None:
        self._handlers = handlers
        self._limits = limits
        self._connections: set[Connection] = set()
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen at `port`, 0 for a free one; gives the port.

        Raises:
            OSError: the address is taken, or not this machine's; its text names it.
        """
        listener = bound(port, host)
        make = partial(Connection, self._open, self._limits.streams, self._connections)
        self._server = await asyncio.get_running_loop().create_server(make, sock=listener)
        own_port: int = listener.getsockname()[1]
        return own_port

    async def stop(self, grace: float) -> None:
        """Take no new calls, give those under way `grace` seconds to end, then break them off."""
        if self._server is None:
            return
        self._server.close()
        for connection in tuple(self._connections):
            connection.leave()
        await self._gone(grace)
        for connection in tuple(self._connections):
            connection.abort()
        await self._gone(grace)

    async def _gone(self, seconds: float) -> None:
        if waiting := [asyncio.ensure_future(connection.gone.wait()) for connection in self._connections]:
            _, late = await asyncio.wait(waiting, timeout=seconds)
            for each in late:
                each.cancel()

    def _open(self, stream: Stream, headers: Headers) -> "Call | _Refused":
        path = headers.get(b":path", b"").decode("latin-1")
        handler = self._handlers.get(path)
        if handler is None:
            return _Refused(stream, f"{path} is not implemented here")
        return Call(stream, handler, headers, self._limits.message)


class _Refused:
    """A call of what nothing here answers; it is refused at once, whatever is sent."""

    def __init__(self, stream: Stream, text: str) -> None:
        stream.end(grpc.StatusCode.UNIMPLEMENTED.value[0], text)

    def receive(self, data: bytes) -> None:
        """Whatever it is."""

    def half_close(self) -> None:
        """It has ended already."""

    def cancel(self) -> None:
        """Nobody works on it."""
