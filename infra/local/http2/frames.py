"""Frames of HTTP/2 (RFC 9113) as bytes, and those headers of gRPC's answers that are always the same."""

import struct
from enum import IntEnum
from urllib.parse import quote

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
HEAD = struct.Struct(">HBBBL")  # length (high and low), type, flags, stream
END_STREAM, ACK, END_HEADERS, PADDED, PRIORITY = 0x1, 0x1, 0x4, 0x8, 0x20  # flags
DEFAULT_WINDOW = 65_535  # bytes
DEFAULT_FRAME = 16_384  # bytes of a frame's payload
LARGEST_WINDOW = (1 << 31) - 1

_PRINTABLE = "".join(map(chr, range(0x20, 0x7F))).replace("%", "")


class Type(IntEnum):
    """Types of frames that are looked at, or sent."""

    DATA = 0
    HEADERS = 1
    RST_STREAM = 3
    SETTINGS = 4
    PING = 6
    GOAWAY = 7
    WINDOW_UPDATE = 8
    CONTINUATION = 9


class Setting(IntEnum):
    """Settings that are looked at, or sent."""

    MAX_CONCURRENT_STREAMS = 3
    INITIAL_WINDOW_SIZE = 4
    MAX_FRAME_SIZE = 5


class Code(IntEnum):
    """Error codes that are sent."""

    NO_ERROR = 0
    PROTOCOL_ERROR = 1
    FRAME_SIZE_ERROR = 6
    REFUSED_STREAM = 7
    COMPRESSION_ERROR = 9


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """A frame as it is sent."""
    size = len(payload)
    return HEAD.pack(size >> 8, size & 0xFF, kind, flags, stream) + payload


def number(value: int) -> bytes:
    """Four bytes."""
    return value.to_bytes(4, "big")


def settings(values: dict[Setting, int]) -> bytes:
    """A SETTINGS frame."""
    return frame(Type.SETTINGS, 0, 0, b"".join(struct.pack(">HL", name, value) for name, value in values.items()))


def _text(value: bytes) -> bytes:
    """A string as header blocks have it (RFC 7541, 5.2), as it is."""
    size, short = len(value), 0x7F
    if size < short:
        return bytes([size]) + value
    size -= short
    length = bytearray([short])
    while size >> 7:
        length.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes(length) + bytes([size]) + value


def _literal(name: bytes, value: bytes) -> bytes:
    """A header that no table is to remember."""
    return b"\x00" + _text(name) + _text(value)


# `:status: 200` is the eighth entry of the static table (RFC 7541, appendix A), the name `content-type` the 31st.
RESPONSE = b"\x88\x0f\x10" + _text(b"application/grpc")
OK = _literal(b"grpc-status", b"0")


def status(code: int, text: str) -> bytes:
    """The headers that end a call which failed; `text` in the encoding of gRPC's messages."""
    message = quote(text, safe=_PRINTABLE, encoding="utf-8", errors="replace").encode()
    return _literal(b"grpc-status", str(code).encode()) + _literal(b"grpc-message", message)
