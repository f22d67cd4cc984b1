"""What carries pushes: requests over connections that are kept, against a server that answers byte by byte as told."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager

import pytest

from infra.local.pubsub.posting import Poster
from tests.processes import ROOT

OK = b"HTTP/1.1 204 No Content\r\n\r\n"


class Server:
    """Answers the requests of every connection with the same parts.

    Where they end with None, it ends the connection, and has left it once the client has seen that.
    """

    def __init__(self, *parts: bytes | None) -> None:
        self.parts = parts
        self.url = ""
        self.requests: list[bytes] = []
        self.connections = 0
        self.left = asyncio.Event()  # a connection has ended
        self._arrival = asyncio.Condition()

    async def reached(self, count: int) -> None:
        """Wait for so many requests."""
        async with self._arrival:
            await self._arrival.wait_for(lambda: len(self.requests) >= count)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.connections += 1
        self.left.clear()
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                empty = b"\r\ncontent-length: 0\r\n" in head.lower()
                self.requests.append(head if empty else head + await reader.readexactly(len(b"hello")))
                async with self._arrival:
                    self._arrival.notify_all()
                for part in self.parts:
                    if part is None:
                        writer.write_eof()
                        await reader.read()
                        return
                    writer.write(part)
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionResetError):
            pass  # the other end has closed it
        finally:
            writer.close()
            self.left.set()


@asynccontextmanager
async def answering(
    *parts: bytes | None, idle: float = 60
) -> AsyncIterator[tuple[Server, Callable[..., Coroutine[None, None, int]]]]:
    """A server, and what posts to it."""
    server, poster = Server(*parts), Poster(idle)
    listener = await asyncio.start_server(server.serve, "127.0.0.1")
    server.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/a%20b?c=d"

    async def post(body: bytes = b"hello", **headers: str) -> int:
        return await poster.post(server.url, headers, body)

    try:
        yield server, post
    finally:
        await poster.close()
        listener.close()


def test_a_connection_is_kept_for_the_next_request() -> None:
    """Two requests, one connection; each says what it must."""

    async def run() -> None:
        async with answering(OK) as (server, post):
            assert [await post(one="1"), await post(two="2")] == [204, 204]
            assert server.connections == 1
            first, second = server.requests
            assert first.startswith(b"POST /a%20b?c=d HTTP/1.1\r\n")
            assert b"\r\none: 1\r\n" in first.lower()
            assert b"\r\ncontent-length: 5\r\n" in first.lower()
            assert b"\r\nhost: 127.0.0.1:" in first.lower()
            assert second.endswith(b"\r\n\r\nhello")

    asyncio.run(run())


def test_an_empty_body_is_said_to_be_one() -> None:
    """Once; a server may refuse a POST that does not say how long it is."""

    async def run() -> None:
        async with answering(OK) as (server, post):
            async with asyncio.timeout(60):
                assert [await post(b""), await post(b"")] == [204, 204]
            assert [request.lower().count(b"\r\ncontent-length: 0\r\n") for request in server.requests] == [1, 1]
            assert b"transfer-encoding" not in server.requests[0].lower()

    asyncio.run(run())


@pytest.mark.parametrize(("given", "sent"), [("fox:a%3Ab", b"Zm94OmE6Yg=="), (":pw", b"OnB3"), ("fox", b"Zm94Og==")])
def test_a_name_and_password_in_the_address_are_sent_as_such(given: str, sent: bytes) -> None:
    """As Basic authentication, also one of the two; the address that is asked has them no more."""

    async def run() -> None:
        async with answering(OK) as (server, post):
            server.url = server.url.replace("//", f"//{given}@")
            assert await post() == 204
            (request,) = server.requests
            assert b": Basic " + sent + b"\r\n" in request
            assert b"@" not in request

    asyncio.run(run())


def test_a_connection_that_was_idle_for_too_long_is_not_used_again() -> None:
    """Its server may be about to close it, and the request would meet that end."""

    async def run() -> None:
        async with answering(OK, idle=0) as (server, post):
            assert [await post(), await post()] == [204, 204]
            assert server.connections == 2

    asyncio.run(run())


def test_pushes_go_out_at_once_each_on_a_connection_of_its_own() -> None:
    """However many: none waits for another's answer."""

    async def run() -> None:
        async with answering() as (server, post):
            pushes = [asyncio.create_task(post()) for _ in range(128)]
            async with asyncio.timeout(60):
                await server.reached(128)
            assert server.connections == 128
            for push in pushes:
                push.cancel()
            await asyncio.gather(*pushes, return_exceptions=True)

    asyncio.run(run())


def test_a_push_that_is_given_up_ends_its_connection() -> None:
    """Its answer would be taken for the next one's."""

    async def run() -> None:
        async with answering() as (server, post):
            push = asyncio.create_task(post())
            async with asyncio.timeout(60):
                await server.reached(1)
                push.cancel()
                await asyncio.gather(push, return_exceptions=True)
                await server.left.wait()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ((b"HTTP/1.1 102 Processing\r\n\r\n", b"HTTP/1.1 500 Oh\r\ncontent-length: 2\r\n\r\nno"), 500),
        ((b"HTTP/1.1 201 Created\r\ncontent-encoding: gzip\r\n\r\nuntil the end", None), 201),
        ((b"HTTP/1.1 307 Elsewhere\r\nlocation: /\r\nset-cookie: a=b\r\ncontent-length: 0\r\n\r\n",), 307),
    ],
    ids=["interim", "until the end", "redirect"],
)
def test_the_status_is_that_of_the_final_answer_and_nothing_else_of_it_counts(
    parts: tuple[bytes | None, ...], status: int
) -> None:
    """Neither its body nor where it points; the next request is answered as well, and has nothing of this one."""

    async def run() -> None:
        async with answering(*parts) as (server, post):
            assert [await post(), await post()] == [status, status]
            assert [request.split()[1] for request in server.requests] == [b"/a%20b?c=d"] * 2
            assert b"cookie" not in server.requests[1].lower()

    asyncio.run(run())


@pytest.mark.parametrize(
    "parts",
    [(None,), (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", None), (b"what?\r\n\r\n",)],
    ids=["nothing", "half", "no HTTP"],
)
def test_half_an_answer_is_none(parts: tuple[bytes | None, ...]) -> None:
    """Where the answer breaks off, or is none, nothing is acknowledged; nor is anything sent a second time."""

    async def run() -> None:
        async with answering(*parts) as (server, post):
            with pytest.raises(OSError, match=r"no answer from http://127\.0\.0\.1"):
                await post()
            assert len(server.requests) == 1

    asyncio.run(run())


def test_what_a_kept_connection_breaks_off_is_not_sent_again() -> None:
    """Its server may have done what was asked; whether to ask again is for the subscription to say."""

    async def run() -> None:
        async with answering(OK) as (server, post):
            assert await post() == 204
            server.parts = (None,)
            with pytest.raises(OSError, match="no answer from"):
                await post()
            assert (len(server.requests), server.connections) == (2, 1)

    asyncio.run(run())


def test_a_connection_that_its_server_has_closed_is_replaced() -> None:
    """The push goes out once, over a new one."""

    async def run() -> None:
        async with answering(OK, None) as (server, post):
            for number in (1, 2):
                assert await post() == 204
                await server.left.wait()
                assert (len(server.requests), server.connections) == (number, number)

    asyncio.run(run())


@pytest.mark.parametrize(
    "headers",
    [
        {"a": "1\r\nb: 2"},
        {"a b": "1"},
        {"a": "é"},
        {"é": "1"},
        {"content-length": "3"},
        {"Transfer-Encoding": "chunked"},
    ],
)
def test_what_is_no_header_is_not_sent(headers: dict[str, str]) -> None:
    """An attribute could otherwise write headers of its own, or end the body where it likes."""

    async def run() -> None:
        async with answering(OK) as (server, post):
            with pytest.raises(ValueError, match="cannot be sent"):
                await post(**headers)
            assert not server.requests

    asyncio.run(run())


@pytest.mark.parametrize("url", ["http://[::1", "http://127.0.0.1:port/", "gopher://127.0.0.1/"])
def test_what_is_no_address_is_refused(url: str) -> None:
    """By an error that the broker takes for a failed push."""

    async def run() -> None:
        poster = Poster()
        try:
            with pytest.raises(ValueError, match="cannot be sent"):
                await poster.post(url, {}, b"")
        finally:
            await poster.close()

    asyncio.run(run())


def test_no_proxy_stands_between(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the environment names: endpoints are on this machine."""
    for name in ("HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)

    async def run() -> None:
        async with answering(OK) as (_, post):
            assert await post() == 204

    asyncio.run(run())


WITHOUT_CERTIFICATES = """
import asyncio, sys
from infra.local.pubsub.posting import Poster

async def run():
    poster = Poster()
    print(await poster.post(sys.argv[1], {}, b"hello"))
    try:
        await poster.post(sys.argv[2], {}, b"hello")
    except OSError as exc:
        print(exc)
    await poster.close()

asyncio.run(run())
"""


def test_a_system_without_certificates_is_one_without_https() -> None:
    """Endpoints of http are reached; others are not, as if nobody answered there."""
    nowhere = {"SSL_CERT_FILE": "/nowhere", "SSL_CERT_DIR": "/nowhere"}

    async def run() -> None:
        async with (
            answering(OK) as (server, _),
            await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1") as listener,
        ):
            secure = f"https://127.0.0.1:{listener.sockets[0].getsockname()[1]}/"
            program = await asyncio.create_subprocess_exec(
                sys.executable, "-c", WITHOUT_CERTIFICATES, server.url, secure,
                cwd=ROOT, env={**os.environ, **nowhere}, stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
            async with asyncio.timeout(60):
                said, _ = await program.communicate()
            status, _, refusal = said.decode().partition("\n")
            assert (status, refusal.startswith(f"no answer from {secure}: ")) == ("204", True)

    asyncio.run(run())
