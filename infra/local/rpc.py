"""gRPC services of the local cloud: what a method is called, is read off Google's own client.

A service is an object with one coroutine a method, named as in Google's clients (`batch_write`), taking
and giving plain protobuf messages; streaming methods are asynchronous generators. A method of Google's that
the object lacks answers UNIMPLEMENTED by its full name. Every call is counted and meets the faults in force.
"""

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import Any

import grpc
from google.protobuf import descriptor_pool, empty_pb2, message_factory, text_format
from google.protobuf.message import Message

from infra.local.cut import cut
from infra.local.faults import Fault
from infra.local.http2.calls import Handler, RpcError
from infra.local.http2.server import GrpcServer, Limits
from infra.local.kernel import Kernel
from infra.local.trace import Asked

MAX_STREAMS = 100  # of one connection at once, as at Google's front end
MAX_MESSAGE = 32 * 1024 * 1024  # bytes of a request

__all__ = ["Door", "Method", "Registration", "RpcError", "handlers", "methods_of", "serve"]


@dataclass(frozen=True)
class Method:
    """One method of a service, as Google's client calls it."""

    path: str  # /google.firestore.v1.Firestore/Commit
    client_streams: bool
    server_streams: bool
    request: Any  # the protobuf message classes
    response: Any

    @property
    def name(self) -> str:
        """The last part: `Commit`."""
        return self.path.rsplit("/", 1)[1]

    @property
    def attribute(self) -> str:
        """As Python says it: `batch_write` for `BatchWrite`."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", self.name).lower()


class _Recorder:
    """Stands where a transport keeps its channel, and notes what the client would call on it."""

    def __init__(self) -> None:
        self.methods: list[Method] = []

    def _note(
        self,
        path: str,
        *,
        client: bool,
        server: bool,
        request_serializer: Any,
        response_deserializer: Any,
        **_: Any,
    ) -> None:
        request = _message_class(request_serializer) or _request_class(path)
        response = _message_class(response_deserializer)
        self.methods.append(Method(path, client, server, request, response))

    def unary_unary(self, path: str, **codecs: Any) -> None:
        self._note(path, client=False, server=False, **codecs)

    def unary_stream(self, path: str, **codecs: Any) -> None:
        self._note(path, client=False, server=True, **codecs)

    def stream_unary(self, path: str, **codecs: Any) -> None:
        self._note(path, client=True, server=False, **codecs)

    def stream_stream(self, path: str, **codecs: Any) -> None:
        self._note(path, client=True, server=True, **codecs)


def _message_class(codec: Any) -> Any:
    if codec is None:  # as Google's clients leave it where nothing is answered
        return empty_pb2.Empty
    owner = getattr(codec, "__self__", None) or codec.__objclass__
    if not hasattr(owner, "DESCRIPTOR") and not hasattr(owner, "pb"):
        return None  # a method of all messages, which does not know whose it was called as
    return owner.pb() if hasattr(owner, "pb") else owner


def _request_class(path: str) -> Any:
    service, _, name = path.lstrip("/").partition("/")
    method = descriptor_pool.Default().FindServiceByName(service).FindMethodByName(name)
    return message_factory.GetMessageClass(method.input_type)


def methods_of(transport: Any) -> list[Method]:
    """Every method that `transport`, the class of a generated gRPC transport, can call."""
    channel = grpc.insecure_channel("127.0.0.1:9")  # never connected: a transport wants one to be made
    client, recorder = transport(channel=channel), _Recorder()
    client._stubs.clear()  # noqa: SLF001 - the generated transports offer no public list of their methods
    client._logged_channel = recorder  # noqa: SLF001 - likewise
    for name, attribute in vars(transport).items():
        if isinstance(attribute, property):
            getattr(client, name)
    channel.close()
    return recorder.methods


@dataclass(frozen=True)
class Registration:
    """A service to be offered: the transport of Google's client, and the object that answers."""

    service: str  # as the book of faults names it: firestore
    transport: Any
    answers: object
    methods: tuple[Method, ...] = ()  # instead of the transport's, where importing that takes too long


class Door:
    """Where a server listens; known once it does."""

    port = 0


def handlers(kernel: Kernel, registration: Registration, door: Door) -> dict[str, Handler]:
    """A handler for every method of the service, by its path."""
    answers = registration.answers
    return {
        method.path: _handler(
            _Endpoint(kernel, registration.service, method, getattr(answers, method.attribute, None), door)
        )
        for method in registration.methods or methods_of(registration.transport)
    }


async def serve(kernel: Kernel, registrations: Sequence[Registration], host: str, port: int) -> tuple[GrpcServer, int]:
    """Start a server for the services; gives it with its port (`port` may be 0).

    Raises:
        OSError: the address is taken; its text names it.
    """
    door = Door()
    table: dict[str, Handler] = {}
    for registration in registrations:
        table |= handlers(kernel, registration, door)
    server = GrpcServer(table, Limits(MAX_STREAMS, MAX_MESSAGE))
    door.port = await server.start(host, port)
    return server, door.port


@dataclass(frozen=True)
class _Endpoint:
    """One method with what answers it, between the faults before and after."""

    kernel: Kernel
    service: str
    method: Method
    answer: Callable[..., Any] | None
    door: Door

    async def _before(self, request: Any, peer: int) -> list[Fault]:
        asked = Asked(lambda: _about(request), lambda: peer, lambda: _size(request))
        faults = self.kernel.faults.seen(self.service, self.method.name, asked)
        if self.answer is None:
            raise RpcError(grpc.StatusCode.UNIMPLEMENTED, f"{self.method.path} is not implemented here")
        for fault in faults:
            if fault.latency_ms:
                await asyncio.sleep(fault.latency_ms / 1000)
            if fault.effect == "reset":
                cut(self.door.port, peer)
            if fault.effect in {"error", "reset"}:  # what is said after a cut, nobody hears
                raise RpcError(grpc.StatusCode[fault.code], fault.message)
        await self.kernel.faults.held(faults, "hold")  # the call is cancelled meanwhile, if its caller goes
        return faults

    async def _after(self, faults: list[Fault]) -> None:
        await self.kernel.faults.held(faults, "hold_response")
        for fault in faults:
            if fault.effect == "lose_response":
                raise RpcError(grpc.StatusCode[fault.code], fault.message)

    async def unary(self, request: Any, peer: int) -> Any:
        faults = await self._before(request, peer)
        try:
            response = await self.answer(request, None)  # type: ignore[misc]
        except (sqlite3.Error, OSError) as exc:  # the disk is full, or broken
            raise RpcError(grpc.StatusCode.INTERNAL, f"{self.kernel.disk.root}: {exc}") from exc
        if faults:
            await self._after(faults)
        return response

    async def stream(self, request: Any, peer: int) -> AsyncIterator[Any]:
        faults = await self._before(request, peer)
        if self.method.client_streams:
            request = self._messages(request, peer)
        lost = any(fault.effect in {"lose_response", "hold_response"} for fault in faults)
        held: list[Any] = []
        try:
            async with aclosing(self.answer(request, None)) as responses:  # type: ignore[misc]
                async for response in responses:
                    if lost:
                        held.append(response)
                    else:
                        yield response
        except (sqlite3.Error, OSError) as exc:  # the disk is full, or broken
            raise RpcError(grpc.StatusCode.INTERNAL, f"{self.kernel.disk.root}: {exc}") from exc
        await self._after(faults)
        for response in held:
            yield response

    async def _messages(self, requests: AsyncIterator[Any], peer: int) -> AsyncIterator[Any]:
        async for request in requests:
            asked = Asked(partial(_about, request), lambda: peer, partial(_size, request))
            for fault in self.kernel.faults.said(self.service, self.method.name, asked):
                if fault.latency_ms:
                    await asyncio.sleep(fault.latency_ms / 1000)
                if fault.effect == "reset":
                    cut(self.door.port, peer)
            yield request


def _about(request: Any) -> str:
    """A request in one line; nothing of a stream of them, before the first has come."""
    return text_format.MessageToString(request, as_one_line=True) if isinstance(request, Message) else ""


def _size(request: Any) -> int:
    return request.ByteSize() if isinstance(request, Message) else 0


def _handler(endpoint: _Endpoint) -> Handler:
    method = endpoint.method
    return Handler(
        method.client_streams,
        method.server_streams,
        method.request.FromString,
        method.response.SerializeToString,
        endpoint.stream if method.server_streams else endpoint.unary,
    )
