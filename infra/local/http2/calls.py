"""A gRPC call on a stream: messages in, what answers them in a task, messages and a status out.

The protocol: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
"""

import asyncio
import logging
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import grpc

from infra.local.http2.headers import Headers
from infra.local.http2.streams import Stream

PREFIX = 5  # bytes before a message: whether it is compressed, and its size
ANY_FORMAT = zlib.MAX_WBITS | 32  # gzip's or zlib's, as the data says

_LOG = logging.getLogger(__name__)


class RpcError(Exception):
    """A refusal with a gRPC status, raised anywhere below a service's method."""

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Handler:
    """What answers one method: a coroutine, or an asynchronous generator where the answer is a stream."""

    client_streams: bool
    server_streams: bool
    decode: Callable[[bytes], Any]
    encode: Callable[[Any], bytes]
    answer: Callable[[Any, int], Any]  # of a message, or an iterator over them, and the caller's port


class Requests:
    """The messages of a client that sends several, as they come."""

    def __init__(self, decode: Callable[[bytes], Any]) -> None:
        self._decode = decode
        self._messages: deque[bytes] = deque()
        self._ended = False
        self._stirred = asyncio.Event()

    def add(self, message: bytes) -> None:
        """One more."""
        self._messages.append(message)
        self._stirred.set()

    def end(self) -> None:
        """There will be no more."""
        self._ended = True
        self._stirred.set()

    def __aiter__(self) -> "Requests":
        return self

    async def __anext__(self) -> Any:
        while not self._messages:
            if self._ended:
                raise StopAsyncIteration
            self._stirred.clear()
            await self._stirred.wait()
        return self._decode(self._messages.popleft())


class Call:
    """One call, from its headers to its status."""

    def __init__(self, stream: Stream, handler: Handler, headers: Headers, max_message: int) -> None:
        self._stream = stream
        self._handler = handler
        self._compression = headers.get(b"grpc-encoding", b"nothing")
        self._max_message = max_message
        self._data = bytearray()  # the beginning of a message
        self._message: bytes | None = None  # of a client that sends one
        self._requests: Requests | None = None  # of one that sends several
        self._task: asyncio.Task[None] | None = None
        if handler.client_streams:
            self._requests = Requests(handler.decode)
            self._start(self._requests)

    def receive(self, data: bytes) -> None:
        """Some bytes more of the client's messages."""
        try:
            if self._data or len(data) < PREFIX or len(data) != PREFIX + self._size(data):
                self._data += data
                for message in self._complete():
                    self._take(*message)
            else:  # one whole message, as nearly always
                self._take(data[0], data[PREFIX:])
        except RpcError as refusal:
            self._refuse(refusal)

    def half_close(self) -> None:
        """The client sends no more."""
        if self._requests is not None:
            self._requests.end()
        elif self._task is None:
            try:
                if self._message is None:
                    raise ValueError("the call has none")  # noqa: TRY301 - refused as what cannot be read
                request = self._handler.decode(self._message)
            except Exception as exc:  # noqa: BLE001 - whatever the message class raises for bytes that are none
                self._refuse(RpcError(grpc.StatusCode.INTERNAL, f"The message cannot be read: {exc}"))
                return
            self._start(request)

    def cancel(self) -> None:
        """Nobody hears an answer."""
        if self._task:
            self._task.cancel()

    def _size(self, data: bytes | bytearray) -> int:
        """The size of the message that begins here."""
        size = int.from_bytes(data[1:PREFIX], "big")
        if size > self._max_message:
            text = f"CLIENT: Received message larger than max ({size} vs. {self._max_message})"
            raise RpcError(grpc.StatusCode.RESOURCE_EXHAUSTED, text)
        return size

    def _complete(self) -> Iterator[tuple[int, bytes]]:
        while len(self._data) >= PREFIX and len(self._data) >= (end := PREFIX + self._size(self._data)):
            message = self._data[0], bytes(self._data[PREFIX:end])
            del self._data[:end]
            yield message

    def _take(self, compressed: int, message: bytes) -> None:
        if compressed:
            message = self._unpacked(message)
        if self._requests is not None:
            self._requests.add(message)
        elif self._message is None:
            self._message = message
        else:
            raise RpcError(grpc.StatusCode.INTERNAL, "The method takes one message, and this is the second.")

    def _unpacked(self, message: bytes) -> bytes:
        unpacker = zlib.decompressobj(ANY_FORMAT)
        try:
            unpacked = unpacker.decompress(message, self._max_message)
        except zlib.error as exc:
            text = f"The message is not compressed as gzip or deflate, but as {self._compression.decode()}: {exc}"
            raise RpcError(grpc.StatusCode.INTERNAL, text) from exc
        if unpacker.unconsumed_tail:
            text = f"CLIENT: Decompressed message larger than max ({self._max_message})"
            raise RpcError(grpc.StatusCode.RESOURCE_EXHAUSTED, text)
        return unpacked

    def _refuse(self, refusal: RpcError) -> None:
        self._stream.end(refusal.code.value[0], refusal.message)
        self.cancel()

    def _start(self, request: Any) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run(request))

    async def _run(self, request: Any) -> None:
        handler, stream = self._handler, self._stream
        try:
            if handler.server_streams:
                async with aclosing(handler.answer(request, stream.peer)) as responses:
                    async for response in responses:
                        await stream.send(handler.encode(response))
                stream.end(0)
            else:
                stream.respond(handler.encode(await handler.answer(request, stream.peer)))
        except RpcError as refusal:
            stream.end(refusal.code.value[0], refusal.message)
        except asyncio.CancelledError:
            stream.end(grpc.StatusCode.CANCELLED.value[0], "The call was cancelled.")
            raise
        except Exception as exc:  # noqa: BLE001 - whatever it is, the caller is told, as by gRPC's own server
            _LOG.exception("a call failed")
            stream.end(grpc.StatusCode.UNKNOWN.value[0], f"Unexpected {type(exc)}: {exc}")
