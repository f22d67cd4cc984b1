"""One connection of a client: its frames, its streams, and how much either side may send (RFC 9113).

What clients send is taken as fast as it comes, up to the largest message: their calls wait in the services, if at all.
What they are sent keeps to their windows.
"""

import asyncio
from collections.abc import Callable

import hpack

from infra.local.http2 import frames
from infra.local.http2.frames import Code, Setting, Type
from infra.local.http2.headers import HeaderBlocks, Headers
from infra.local.http2.reader import FrameReader, ProtocolError, without_padding
from infra.local.http2.streams import Receiver, Stream

WINDOW = 64 << 20  # bytes that a client may send on a stream before it is told that it may send more
FRAME = 1 << 20  # bytes of a client's frame
MAX_BLOCK = 64 << 10  # bytes of a call's headers

Open = Callable[[Stream, Headers], Receiver]


class Connection(asyncio.Protocol):
    """The server's end of it."""

    def __init__(self, open_call: Open, max_streams: int, connections: "set[Connection]") -> None:
        self.peer = 0  # the client's port
        self.gone = asyncio.Event()
        self.streams: dict[int, Stream] = {}
        self._open = open_call
        self._max_streams = max_streams
        self._connections = connections
        self._transport: asyncio.Transport | None = None
        self._headers = HeaderBlocks()
        self._reader = FrameReader(FRAME)
        self._last = 0  # the highest stream opened
        self._block: tuple[int, int, bytes] | None = None  # stream, flags and what has come of a block of headers
        self._window = frames.DEFAULT_WINDOW  # bytes that the client takes on the connection
        self._initial_window = frames.DEFAULT_WINDOW  # and on a new stream
        self._frame = frames.DEFAULT_FRAME
        self._received = 0  # bytes since the client was told that it may send more on the connection
        self._blocked: dict[int, Stream] = {}  # which wait for a window, the longest first
        self._leaving = False
        self._takers: dict[int, Callable[[int, int, bytes], None]] = {
            Type.DATA: self._on_data,
            Type.HEADERS: self._on_headers,
            Type.CONTINUATION: self._on_continuation,
            Type.WINDOW_UPDATE: self._on_window,
            Type.PING: self._on_ping,
            Type.RST_STREAM: self._on_reset,
            Type.SETTINGS: self._on_settings,
        }

    def leave(self) -> None:
        """Take no new calls, and end with the last of those under way."""
        self._leaving = True
        self._write(frames.frame(Type.GOAWAY, 0, 0, frames.number(self._last) + frames.number(Code.NO_ERROR)))
        if not self.streams:
            self._close()

    def abort(self) -> None:
        """End it at once."""
        if self._transport:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client came."""
        self._transport = transport  # type: ignore[assignment]
        self.peer = (transport.get_extra_info("peername") or ("", 0))[1]
        self._connections.add(self)
        given = {
            Setting.MAX_CONCURRENT_STREAMS: self._max_streams,
            Setting.INITIAL_WINDOW_SIZE: WINDOW,
            Setting.MAX_FRAME_SIZE: FRAME,
        }
        more = frames.number(WINDOW - frames.DEFAULT_WINDOW)
        self._write(frames.settings(given) + frames.frame(Type.WINDOW_UPDATE, 0, 0, more))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """The client is gone, and whoever worked for it."""
        self._connections.discard(self)
        self.gone.set()
        for stream in tuple(self.streams.values()):
            self._drop(stream, cancel=True)

    def data_received(self, data: bytes) -> None:
        """Some bytes: take the frames that are complete."""
        try:
            for kind, flags, number, payload in self._reader.feed(data):
                if self._block and kind != Type.CONTINUATION:
                    raise ProtocolError(Code.PROTOCOL_ERROR, "a block of headers is interrupted")  # noqa: TRY301 - ends it
                if take := self._takers.get(kind):  # what HTTP/2 does not know, it passes over
                    take(flags, number, payload)
        except ProtocolError as error:
            last = frames.number(self._last) + frames.number(error.code)
            self._write(frames.frame(Type.GOAWAY, 0, 0, last + str(error).encode()))
            self._close()

    def send_headers(self, stream: Stream, block: bytes) -> None:
        """The headers of an answer that goes on."""
        self._write(frames.frame(Type.HEADERS, frames.END_HEADERS, stream.number, block))

    def send(self, stream: Stream, data: bytes, tail: bytes | None) -> None:
        """DATA as far as the windows reach, the rest when they open; `tail` are the frames that end the stream."""
        size = len(data)
        if not stream.waiting and size <= self._frame and size <= self._window and size <= stream.window:
            self._window -= size
            stream.window -= size
            sent = frames.frame(Type.DATA, 0, stream.number, data) if data else b""
            self._write(sent + tail if tail else sent)
            if tail:
                self._ended(stream)
            return
        stream.tail = tail
        if data:
            stream.waiting.append(memoryview(data))
        self._pump(stream)

    def _close(self) -> None:
        """End it, once what was written is sent."""
        if self._transport:
            self._transport.close()

    def _write(self, data: bytes) -> None:
        if self._transport and not self._transport.is_closing():
            self._transport.write(data)

    def _pump(self, stream: Stream) -> None:
        """Send of what waits what the windows let through."""
        while stream.waiting:
            data = stream.waiting[0]
            size = min(len(data), self._frame, self._window, stream.window)
            if size <= 0:
                self._blocked[stream.number] = stream
                return
            self._window -= size
            stream.window -= size
            self._write(frames.frame(Type.DATA, 0, stream.number, bytes(data[:size])))
            if size == len(data):
                stream.waiting.popleft()
            else:
                stream.waiting[0] = data[size:]
            stream.made_room()
        self._blocked.pop(stream.number, None)
        if stream.tail is not None:
            self._write(stream.tail)
            self._ended(stream)

    def _ended(self, stream: Stream) -> None:
        """All is sent; a client that is still sending is told to stop."""
        if not stream.half_closed:
            self._write(frames.frame(Type.RST_STREAM, 0, stream.number, frames.number(Code.NO_ERROR)))
        self._drop(stream, cancel=False)

    def _drop(self, stream: Stream, *, cancel: bool) -> None:
        self.streams.pop(stream.number, None)
        self._blocked.pop(stream.number, None)
        stream.close()
        if cancel and stream.receiver:
            stream.receiver.cancel()
        if self._leaving and not self.streams:
            self._close()

    def _on_headers(self, flags: int, number: int, payload: bytes) -> None:
        payload = without_padding(flags, payload)
        self._on_block(number, flags, payload[5:] if flags & frames.PRIORITY else payload, flags)

    def _on_continuation(self, flags: int, number: int, payload: bytes) -> None:
        if self._block is None or self._block[0] != number:
            raise ProtocolError(Code.PROTOCOL_ERROR, "a continuation of nothing")
        _, first, before = self._block
        self._on_block(number, first, before + payload, flags)

    def _on_ping(self, flags: int, _: int, payload: bytes) -> None:
        if not flags & frames.ACK:
            self._write(frames.frame(Type.PING, frames.ACK, 0, payload))

    def _on_reset(self, _: int, number: int, __: bytes) -> None:
        if stream := self.streams.get(number):
            self._drop(stream, cancel=True)

    def _on_block(self, number: int, first: int, block: bytes, flags: int) -> None:
        """A part of a block of headers; `first` are the flags of the frame that began it."""
        if len(block) > MAX_BLOCK:
            raise ProtocolError(Code.PROTOCOL_ERROR, "the headers of a call are too long")
        if not flags & frames.END_HEADERS:
            self._block = (number, first, block)
            return
        self._block = None
        try:
            headers = self._headers.decode(block)
        except hpack.HPACKError as exc:
            raise ProtocolError(Code.COMPRESSION_ERROR, str(exc)) from exc
        stream = self.streams.get(number)
        if stream is None:
            if number <= self._last or number % 2 == 0:
                return  # the end of a call that is over here
            self._last = number
            if self._leaving or len(self.streams) >= self._max_streams:
                self._write(frames.frame(Type.RST_STREAM, 0, number, frames.number(Code.REFUSED_STREAM)))
                return
            stream = self.streams[number] = Stream(self, number, self._initial_window)
            stream.receiver = self._open(stream, headers)
        if first & frames.END_STREAM:
            self._half_close(stream)

    def _on_data(self, flags: int, number: int, payload: bytes) -> None:
        self._received += len(payload)
        if self._received > WINDOW // 2:
            self._write(frames.frame(Type.WINDOW_UPDATE, 0, 0, frames.number(self._received)))
            self._received = 0
        stream = self.streams.get(number)
        if stream is None or stream.half_closed or stream.receiver is None:
            return
        stream.received += len(payload)
        if stream.received > WINDOW // 2:
            self._write(frames.frame(Type.WINDOW_UPDATE, 0, number, frames.number(stream.received)))
            stream.received = 0
        stream.receiver.receive(without_padding(flags, payload))
        if flags & frames.END_STREAM:
            self._half_close(stream)

    @staticmethod
    def _half_close(stream: Stream) -> None:
        stream.half_closed = True
        if stream.receiver and not stream.closed:
            stream.receiver.half_close()

    def _on_window(self, _: int, number: int, payload: bytes) -> None:
        more = int.from_bytes(payload, "big") & frames.LARGEST_WINDOW
        if number == 0:
            self._window += more
            for stream in tuple(self._blocked.values()):
                self._pump(stream)
        elif found := self.streams.get(number):
            found.window += more
            if found.waiting:
                self._pump(found)

    def _on_settings(self, flags: int, _: int, payload: bytes) -> None:
        if flags & frames.ACK:
            return
        for at in range(0, len(payload) - 5, 6):
            name, value = int.from_bytes(payload[at : at + 2], "big"), int.from_bytes(payload[at + 2 : at + 6], "big")
            if name == Setting.INITIAL_WINDOW_SIZE:
                for stream in self.streams.values():
                    stream.window += value - self._initial_window
                self._initial_window = value
            elif name == Setting.MAX_FRAME_SIZE:
                self._frame = value
        self._write(frames.frame(Type.SETTINGS, frames.ACK, 0))
        for stream in tuple(self._blocked.values()):
            self._pump(stream)
