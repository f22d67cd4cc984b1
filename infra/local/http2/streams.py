"""One stream of a connection, as the call on it sees it: what it may send, and how it ends."""

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Protocol

from infra.local.http2 import frames

if TYPE_CHECKING:
    from infra.local.http2.connection import Connection

PATIENCE = 1 << 20  # bytes that wait for a client to take them, before the call waits too


class Receiver(Protocol):
    """Who takes what a client sends on a stream."""

    def receive(self, data: bytes) -> None:
        """Some bytes more."""

    def half_close(self) -> None:
        """There will be no more."""

    def cancel(self) -> None:
        """The client, or its connection, is gone: nobody hears an answer."""


class Stream:
    """A stream that the client opened."""

    def __init__(self, connection: "Connection", number: int, window: int) -> None:
        self.number = number
        self.window = window  # bytes that the client still takes on this stream
        self.receiver: Receiver | None = None
        self.half_closed = False  # the client sends no more
        self.closed = False
        self.received = 0  # bytes since the client was last told that it may send as many again
        self.waiting: deque[memoryview] = deque()  # what does not fit into the windows yet
        self.tail: bytes | None = None  # the frames that end it, once all else is sent
        self._connection = connection
        self._begun = False
        self._room = asyncio.Event()

    @property
    def peer(self) -> int:
        """The client's port."""
        return self._connection.peer

    def respond(self, message: bytes) -> None:
        """The one message of an answer, and its end."""
        self._send(message, self._trailers(frames.OK))

    async def send(self, message: bytes) -> None:
        """One message of several; waits while too many before it wait for the client."""
        self._send(message, None)
        while self.waiting and sum(map(len, self.waiting)) > PATIENCE and not self.closed:
            self._room.clear()
            await self._room.wait()

    def end(self, code: int, text: str = "") -> None:
        """No further message; `code` as gRPC counts them. A stream that has ended stays as it is."""
        if not self.closed and self.tail is None:
            block = frames.status(code, text) if code else frames.OK
            head = b"" if self._begun else frames.RESPONSE
            self._begun = True
            self._connection.send(self, b"", self._trailers(head + block))

    def made_room(self) -> None:
        """The client takes more."""
        self._room.set()

    def close(self) -> None:
        """Nothing more is sent."""
        self.closed = True
        self.waiting.clear()
        self._room.set()

    def _send(self, message: bytes, tail: bytes | None) -> None:
        if self.closed or self.tail is not None:
            return
        if not self._begun:
            self._begun = True
            self._connection.send_headers(self, frames.RESPONSE)
        self._connection.send(self, b"\x00" + frames.number(len(message)) + message, tail)

    def _trailers(self, block: bytes) -> bytes:
        return frames.frame(frames.Type.HEADERS, frames.END_HEADERS | frames.END_STREAM, self.number, block)
