"""What a client sends, cut into frames."""

from collections.abc import Iterator

from infra.local.http2 import frames
from infra.local.http2.frames import Code

Frame = tuple[int, int, int, bytes]  # type, flags, stream, payload


class ProtocolError(Exception):
    """What the client sent is not HTTP/2; its connection ends."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code


class FrameReader:
    """Gives whole frames, and keeps the beginning of the next."""

    def __init__(self, largest: int) -> None:
        """`largest`: bytes of a frame's payload."""
        self._largest = largest
        self._begun = bytearray()  # of a frame, or of the preface
        self._prefaced = False

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that are complete with `data`; all have to be taken.

        Raises:
            ProtocolError: there is no preface, or a frame is too large.
        """
        if self._begun:
            self._begun += data
            if not self._is_complete():  # joined only once, however many pieces it comes in
                return
            data = bytes(self._begun)
            self._begun.clear()
        at = 0 if self._prefaced else self._preface(data)
        head, end = frames.HEAD, len(data)
        while self._prefaced and at + head.size <= end:
            high, low, kind, flags, number = head.unpack_from(data, at)
            size = high << 8 | low
            if size > self._largest:
                text = f"a frame of {size} bytes, where {self._largest} are the most"
                raise ProtocolError(Code.FRAME_SIZE_ERROR, text)
            following = at + head.size + size
            if following > end:
                break
            yield kind, flags, number & frames.LARGEST_WINDOW, data[at + head.size : following]
            at = following
        if at < end:
            self._begun += data[at:]

    def _is_complete(self) -> bool:
        if not self._prefaced:
            return len(self._begun) >= len(frames.PREFACE)
        if len(self._begun) < frames.HEAD.size:
            return False
        size = int.from_bytes(self._begun[:3], "big")
        return len(self._begun) >= frames.HEAD.size + min(size, self._largest)

    def _preface(self, data: bytes) -> int:
        if not frames.PREFACE.startswith(data[: len(frames.PREFACE)]):
            raise ProtocolError(Code.PROTOCOL_ERROR, "this is a gRPC port: it speaks HTTP/2 without TLS")
        if len(data) < len(frames.PREFACE):
            return 0
        self._prefaced = True
        return len(frames.PREFACE)


def without_padding(flags: int, payload: bytes) -> bytes:
    """What a frame that may be padded holds.

    Raises:
        ProtocolError: there is more padding than frame.
    """
    if not flags & frames.PADDED:
        return payload
    if not payload or payload[0] >= len(payload):
        raise ProtocolError(Code.PROTOCOL_ERROR, "more padding than frame")
    return payload[1 : len(payload) - payload[0]]
