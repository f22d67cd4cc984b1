"""An HTTP/2 client that says every frame itself, for what no gRPC library lets a test say."""

import asyncio
from typing import NamedTuple

import hpack

from infra.local.http2 import frames
from infra.local.http2.frames import Type


class Frame(NamedTuple):
    """One frame as it came."""

    kind: int
    flags: int
    stream: int
    payload: bytes


def message(text: bytes) -> bytes:
    """A gRPC message, uncompressed."""
    return b"\x00" + frames.number(len(text)) + text


class RawClient:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.encoder = hpack.Encoder()
        self.decoder = hpack.Decoder()
        self._reader = reader
        self._writer = writer

    @classmethod
    async def connect(cls, port: int, *settings: tuple[frames.Setting, int]) -> "RawClient":
        """Connect and say the preface."""
        client = cls(*await asyncio.open_connection("127.0.0.1", port))
        client.send(frames.PREFACE + frames.settings(dict(settings)))
        return client

    def close(self) -> None:
        """End the connection."""
        self._writer.close()

    def send(self, data: bytes) -> None:
        """Any bytes."""
        self._writer.write(data)

    def headers(self, path: str, **more: str) -> bytes:
        """A block of a call's headers, by HPACK's tables and Huffman's code."""
        said = {":method": "POST", ":scheme": "http", ":path": path, ":authority": "x", "te": "trailers"}
        return self.encoder.encode({**said, "content-type": "application/grpc", **more}.items())

    def call(self, stream: int, path: str, text: bytes, **more: str) -> None:
        """A call with one message."""
        self.send(frames.frame(Type.HEADERS, frames.END_HEADERS, stream, self.headers(path, **more)))
        self.send(frames.frame(Type.DATA, frames.END_STREAM, stream, message(text)))

    async def next(self, *kinds: Type) -> Frame:
        """The next frame of one of these kinds.

        Raises:
            asyncio.IncompleteReadError: the server has closed the connection.
        """
        while True:
            high, low, kind, flags, stream = frames.HEAD.unpack(await self._reader.readexactly(frames.HEAD.size))
            payload = await self._reader.readexactly(high << 8 | low)
            if kind in kinds:
                return Frame(kind, flags, stream, payload)

    async def answer(self) -> tuple[int, bytes, dict[str, str]]:
        """The next call that ends: its stream, its data, and its headers, trailers among them."""
        data, headers = b"", {}
        while True:
            frame = await self.next(Type.DATA, Type.HEADERS)
            if frame.kind == Type.DATA:
                data += frame.payload
            else:
                headers.update({str(name): str(value) for name, value in self.decoder.decode(frame.payload)})
            if frame.flags & frames.END_STREAM:
                return frame.stream, data, headers
