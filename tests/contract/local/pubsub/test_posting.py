"""What carries pushes: requests over connections that are kept, against a server that answers byte by byte as told."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from infra.local.pubsub.posting import Poster

OK = b"HTTP/1.1 204 No Content\r\n\r\n"


class Server:
    """Answers the requests of every connection with the same parts, and closes it where they end with None."""

    def __init__(self, *parts: bytes | None) -> None:
        self.parts = parts
        self.url = ""
        self.requests: list[bytes] = []
        self.connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.requests.append(head + await reader.readexactly(len(b"hello")))
                for part in self.parts:
                    if part is None:
                        return
                    writer.write(part)
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionResetError):
            pass  # the other end has closed it
        finally:
            writer.close()


@asynccontextmanager
async def answering(
    *parts: bytes | None, idle: float = 60
) -> AsyncIterator[tuple[Server, Callable[..., Awaitable[int]]]]:
    """A server, and what posts to it."""
    server, poster = Server(*parts), Poster(idle)
    listener = await asyncio.start_server(server.serve, "127.0.0.1")
    server.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/a%20b?c=d"

    async def post(**headers: str) -> int:
        return await poster.post(server.url, headers, b"hello")

    try:
        yield server, post
    finally:
        poster.close()
        listener.close()


def test_a_connection_is_kept_for_the_next_request() -> None:
    """Two requests, one connection; each says what it must."""

    async def run() -> None:
        async with answering(OK) as (server, post):
            assert [await post(one="1"), await post(two="2")] == [204, 204]
            assert server.connections == 1
            first, second = server.requests
            assert first.startswith(b"POST /a%20b?c=d HTTP/1.1\r\n")
            assert b"\r\none: 1\r\n" in first
            assert b"\r\ncontent-length: 5\r\n" in first
            assert b"\r\nhost: 127.0.0.1:" in first
            assert second.endswith(b"\r\n\r\nhello")

    asyncio.run(run())


def test_a_connection_that_was_idle_for_too_long_is_not_used_again() -> None:
    """Its server may be about to close it, and the request would meet that end."""

    async def run() -> None:
        async with answering(OK, idle=0) as (server, post):
            assert [await post(), await post()] == [204, 204]
            assert server.connections == 2

    asyncio.run(run())


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ((b"HTTP/1.1 102 Processing\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"), 200),
        ((b"HTTP/1.1 500 Oh\r\ntransfer-encoding: chunked\r\n\r\n", b"2\r\nno\r\n0\r\n\r\n"), 500),
        ((b"HTTP/1.1 201 Created\r\n\r\nuntil the end", None), 201),
        ((b"HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n",), 200),
    ],
    ids=["interim", "chunked", "until the end", "HTTP/1.0"],
)
def test_the_status_is_that_of_the_final_answer_however_its_body_is_framed(
    parts: tuple[bytes | None, ...], status: int
) -> None:
    """And the next request is answered as well, whether or not the connection could be kept."""

    async def run() -> None:
        async with answering(*parts) as (_, post):
            assert [await post(), await post()] == [status, status]

    asyncio.run(run())


@pytest.mark.parametrize(
    "parts",
    [(None,), (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", None), (b"what?\r\n\r\n",)],
    ids=["nothing", "half", "no HTTP"],
)
def test_half_an_answer_is_none(parts: tuple[bytes | None, ...]) -> None:
    """Where the answer breaks off, or is none, nothing is acknowledged."""

    async def run() -> None:
        async with answering(*parts) as (_, post):
            with pytest.raises((OSError, ValueError)):
                await post()

    asyncio.run(run())


@pytest.mark.parametrize("headers", [{"a": "1\r\nb: 2"}, {"a b": "1"}, {"a": "é"}, {"content-length": "3"}])
def test_what_is_no_header_is_not_sent(headers: dict[str, str]) -> None:
    """An attribute could otherwise write headers of its own."""

    async def run() -> None:
        async with answering(OK) as (server, post):
            with pytest.raises(ValueError, match="is no header"):
                await post(**headers)
            assert not server.requests

    asyncio.run(run())
