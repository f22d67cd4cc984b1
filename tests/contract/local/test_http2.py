"""The gRPC server itself, against gRPC's own client and against one that says every frame."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import grpc
import pytest

from infra.local.http2 import frames
from infra.local.http2.calls import Handler, RpcError
from infra.local.http2.frames import Setting, Type
from infra.local.http2.server import GrpcServer, Limits
from tests.contract.local.raw_http2 import RawClient, message
from tests.waiting import PATIENCE

LIMITS = Limits(streams=2, message=8 << 20)


class Service:
    """What the tests call."""

    def __init__(self) -> None:
        self.waiting = asyncio.Event()
        self.cancelled = asyncio.Event()
        self.go_on = asyncio.Event()

    async def echo(self, request: bytes, _: int) -> bytes:
        """The same."""
        return request

    async def refuse(self, request: bytes, _: int) -> bytes:
        """No."""
        raise RpcError(grpc.StatusCode.ABORTED, request.decode())

    async def fail(self, request: bytes, _: int) -> bytes:
        """A mistake."""
        raise ValueError(request)

    async def wait(self, request: bytes, _: int) -> bytes:
        """The same, when the test says so."""
        self.waiting.set()
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        return request

    async def chat(self, requests: AsyncIterator[bytes], _: int) -> AsyncIterator[bytes]:
        """Each twice."""
        async for request in requests:
            yield request
            yield request

    def handlers(self) -> dict[str, Handler]:
        """By path."""
        unary = {name: getattr(self, name) for name in ("echo", "refuse", "fail", "wait")}
        table = {f"/t/{name}": _handler(answer, streams=False) for name, answer in unary.items()}
        return table | {"/t/chat": _handler(self.chat, streams=True)}


def _handler(answer: Callable[..., Any], *, streams: bool) -> Handler:
    return Handler(streams, streams, bytes, bytes, answer)


def serving(test: Callable[[Service, GrpcServer, int], Awaitable[None]]) -> None:
    """Run `test` on a server of its own."""

    async def run() -> None:
        service = Service()
        server = GrpcServer(service.handlers(), LIMITS)
        port = await server.start("127.0.0.1", 0)
        try:
            async with asyncio.timeout(PATIENCE):
                await test(service, server, port)
        finally:
            await server.stop(0)

    asyncio.run(run())


@asynccontextmanager
async def raw(port: int, *settings: tuple[Setting, int]) -> AsyncIterator[RawClient]:
    """A client that says every frame."""
    client = await RawClient.connect(port, *settings)
    try:
        yield client
    finally:
        client.close()


@asynccontextmanager
async def channel(port: int, **options: Any) -> AsyncIterator[Any]:
    """The client of gRPC itself."""
    more = [("grpc.max_receive_message_length", -1), ("grpc.use_local_subchannel_pool", 1)]
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=more, **options) as opened:
        yield opened


@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
def test_messages_of_any_size_arrive_and_come_back(compression: grpc.Compression) -> None:
    """Larger than a frame and than any window, too, and compressed or not."""

    async def test(_: Service, __: GrpcServer, port: int) -> None:
        async with channel(port, compression=compression) as opened:
            echo = opened.unary_unary("/t/echo")
            for size in (0, 1, 100_000, 5 << 20):
                given = bytes(range(250)) * (size // 250) + b"x" * (size % 250)
                assert await echo(given) == given

    serving(test)


@pytest.mark.parametrize(
    ("path", "given", "code", "text"),
    [
        ("/t/refuse", "50 % of “this”\nand that".encode(), grpc.StatusCode.ABORTED, "50 % of “this”\nand that"),
        ("/t/fail", b"oh", grpc.StatusCode.UNKNOWN, "Unexpected <class 'ValueError'>: b'oh'"),
        ("/t/none", b"", grpc.StatusCode.UNIMPLEMENTED, "/t/none is not implemented here"),
        ("/t/echo", bytes(9 << 20), grpc.StatusCode.RESOURCE_EXHAUSTED, "CLIENT: Received message larger than max"),
    ],
)
def test_a_refusal_has_its_code_and_its_text(path: str, given: bytes, code: grpc.StatusCode, text: str) -> None:
    """Whatever characters are in it; and the connection goes on."""

    async def test(_: Service, __: GrpcServer, port: int) -> None:
        async with channel(port) as opened:
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await opened.unary_unary(path)(given)
            assert refused.value.code() is code
            assert (refused.value.details() or "").startswith(text)
            assert await opened.unary_unary("/t/echo")(b"x") == b"x"

    serving(test)


def test_messages_pass_both_ways_as_they_come() -> None:
    """And the answer ends after the client's end."""

    async def test(_: Service, __: GrpcServer, port: int) -> None:
        async with channel(port) as opened:
            call = opened.stream_stream("/t/chat")()
            for text in (b"one", b"two"):
                await call.write(text)
                assert [await call.read(), await call.read()] == [text, text]
            await call.done_writing()
            assert await call.read() is grpc.aio.EOF
            assert await call.code() is grpc.StatusCode.OK

    serving(test)


def test_who_works_for_a_client_that_leaves_is_stopped() -> None:
    """By a cancelled call, and by a connection that ends."""

    async def test(service: Service, _: GrpcServer, port: int) -> None:
        async with channel(port) as opened:
            call = opened.unary_unary("/t/wait")(b"")
            await service.waiting.wait()
            call.cancel()
            await service.cancelled.wait()
        service.waiting.clear()
        service.cancelled.clear()
        async with raw(port) as client:
            client.call(1, "/t/wait", b"")
            await service.waiting.wait()
        await service.cancelled.wait()

    serving(test)


def test_what_is_sent_keeps_to_the_clients_windows() -> None:
    """A stream whose window is closed waits; others do not wait for it."""

    async def test(_: Service, __: GrpcServer, port: int) -> None:
        async with raw(port, (Setting.INITIAL_WINDOW_SIZE, 10)) as client:
            client.call(1, "/t/echo", b"0123456789")
            assert (await client.next(Type.DATA)).payload == message(b"0123456789")[:10]
            client.call(3, "/t/echo", b"abcde")
            assert await client.answer() == (3, message(b"abcde"), {"grpc-status": "0", **_ANSWERED})
            client.send(frames.frame(Type.WINDOW_UPDATE, 0, 1, frames.number(2)))
            assert (await client.next(Type.DATA)).payload == b"56"
            client.send(frames.settings({Setting.INITIAL_WINDOW_SIZE: 100}))
            assert (await client.answer())[:2] == (1, b"789")

    serving(test)


def test_headers_are_understood_in_every_form() -> None:
    """By tables that grow and change, in Huffman's code, padded, with a priority, in pieces, and byte by byte."""

    async def test(_: Service, __: GrpcServer, port: int) -> None:
        async with raw(port) as client:
            for number in range(1, 40, 2):
                client.call(number, "/t/echo", b"x", **{"x-some": "y" * (number * 20), "x-other": str(number % 3)})
                assert (await client.answer())[1] == message(b"x")
            block = client.headers("/t/refuse")
            first = b"\x04" + bytes(5) + block[:3] + bytes(4)
            flags = frames.PADDED | frames.PRIORITY
            pieces = frames.frame(Type.HEADERS, flags, 41, first) + frames.frame(Type.CONTINUATION, 0, 41, block[3:5])
            pieces += frames.frame(Type.CONTINUATION, frames.END_HEADERS, 41, block[5:])
            pieces += frames.frame(Type.DATA, frames.PADDED, 41, b"\x02" + message(b"no") + bytes(2))
            pieces += frames.frame(Type.DATA, frames.END_STREAM, 41)
            for at in range(len(pieces)):
                client.send(pieces[at : at + 1])
                await asyncio.sleep(0)
            assert await client.answer() == (41, b"", {"grpc-status": "10", "grpc-message": "no", **_ANSWERED})

    serving(test)


def test_more_calls_than_allowed_are_refused_as_never_begun() -> None:
    """Clients of gRPC then try again; it happens to who does not wait for the settings."""

    async def test(service: Service, _: GrpcServer, port: int) -> None:
        async with raw(port) as client:
            for number in (1, 3, 5):
                client.call(number, "/t/wait", b"")
            refused = await client.next(Type.RST_STREAM)
            assert (refused.stream, refused.payload) == (5, frames.number(frames.Code.REFUSED_STREAM))
            service.go_on.set()
            assert {(await client.answer())[0], (await client.answer())[0]} == {1, 3}

    serving(test)


def test_pings_are_answered_and_garbage_ends_the_connection() -> None:
    """With a word on what was wrong."""

    async def test(_: Service, __: GrpcServer, port: int) -> None:
        async with raw(port) as client:
            client.send(frames.frame(Type.PING, 0, 0, b"12345678"))
            assert (await client.next(Type.PING))[1:] == (frames.ACK, 0, b"12345678")
            client.send(frames.frame(Type.HEADERS, frames.END_HEADERS, 1, b"\xff\xff\xff\xff"))
            assert (await client.next(Type.GOAWAY)).payload[4:8] == frames.number(frames.Code.COMPRESSION_ERROR)
            with pytest.raises(asyncio.IncompleteReadError):
                await client.next(Type.GOAWAY)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        assert b"this is a gRPC port" in await reader.read()
        writer.close()

    serving(test)


def test_a_server_that_stops_lets_calls_end() -> None:
    """It takes no new ones meanwhile, and breaks off those that do not end in time."""

    async def test(service: Service, server: GrpcServer, port: int) -> None:
        async with raw(port) as client:
            client.call(1, "/t/wait", b"x")
            await service.waiting.wait()
            stopping = asyncio.create_task(server.stop(PATIENCE))
            await client.next(Type.GOAWAY)
            client.call(3, "/t/echo", b"")
            assert (await client.next(Type.RST_STREAM)).stream == 3
            service.go_on.set()
            assert (await client.answer())[1] == message(b"x")
            await stopping

    serving(test)


_ANSWERED = {":status": "200", "content-type": "application/grpc"}
