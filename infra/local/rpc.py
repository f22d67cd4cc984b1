"""gRPC services of the local cloud: what a method is called, is read off Google's own client.

A service is an object with one coroutine a method, named as in Google's clients (`batch_write`), taking
and giving plain protobuf messages; streaming methods are asynchronous generators. A method of Google's that
the object lacks answers UNIMPLEMENTED by its full name. Every call is counted and meets the faults in force.
"""

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import grpc
from google.protobuf import descriptor_pool, empty_pb2, message_factory, text_format
from google.protobuf.message import Message

from infra.local.cut import cut
from infra.local.faults import Fault
from infra.local.kernel import Kernel
from infra.local.ports import authority
from infra.local.trace import Asked

MAX_STREAMS = 100  # of one connection at once, as at Google's front end
OPTIONS = (
    ("grpc.max_concurrent_streams", MAX_STREAMS),
    ("grpc.max_receive_message_length", 32 * 1024 * 1024),
    ("grpc.max_send_message_length", -1),
    ("grpc.so_reuseport", 0),  # a taken port must be an error, not a second listener
)


class RpcError(Exception):
    """A refusal with a gRPC status, raised anywhere below a service's method."""

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


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


def handlers(kernel: Kernel, registration: Registration, door: Door) -> "dict[str, grpc.RpcMethodHandler[Any, Any]]":
    """A handler for every method of the service, by its path."""
    answers = registration.answers
    return {
        method.path: _handler(
            _Endpoint(kernel, registration.service, method, getattr(answers, method.attribute, None), door)
        )
        for method in registration.methods or methods_of(registration.transport)
    }


class _Table(grpc.GenericRpcHandler):
    def __init__(self, table: "dict[str, grpc.RpcMethodHandler[Any, Any]]") -> None:
        self._table = table

    def service(self, details: grpc.HandlerCallDetails) -> "grpc.RpcMethodHandler[Any, Any] | None":
        return self._table.get(details.method)


class _Unknown(grpc.GenericRpcHandler):
    """Whatever no service has, refused by its full name."""

    def service(self, details: grpc.HandlerCallDetails) -> "grpc.RpcMethodHandler[Any, Any]":
        async def refuse(_: Any, context: Any) -> AsyncIterator[bytes]:
            await context.abort(grpc.StatusCode.UNIMPLEMENTED, f"{details.method} is not implemented here")
            yield b""  # never reached: this makes it a stream, which answers unary calls too

        return grpc.stream_stream_rpc_method_handler(refuse)


async def serve(
    kernel: Kernel, registrations: Sequence[Registration], host: str, port: int
) -> tuple[grpc.aio.Server, int]:
    """Start a server for the services; gives it with its port (`port` may be 0).

    Raises:
        OSError: the address is taken; its text names it.
    """
    server, door = grpc.aio.server(options=OPTIONS), Door()
    for registration in registrations:
        server.add_generic_rpc_handlers([_Table(handlers(kernel, registration, door))])
    server.add_generic_rpc_handlers([_Unknown()])
    address = authority(host, port)
    try:
        door.port = server.add_insecure_port(address)
    except RuntimeError as exc:
        raise OSError(f"{address} cannot be listened on: is it taken?") from exc
    await server.start()
    return server, door.port


@dataclass(frozen=True)
class _Endpoint:
    """One method with what answers it, between the faults before and after."""

    kernel: Kernel
    service: str
    method: Method
    answer: Callable[..., Any] | None
    door: Door

    async def _before(self, request: Any, context: Any) -> list[Fault]:
        asked = Asked(lambda: _about(request), lambda: _peer_port(context), lambda: _size(request))
        faults = self.kernel.faults.seen(self.service, self.method.name, asked)
        if self.answer is None:
            await context.abort(grpc.StatusCode.UNIMPLEMENTED, f"{self.method.path} is not implemented here")
        for fault in faults:
            if fault.latency_ms:
                await asyncio.sleep(fault.latency_ms / 1000)
            if fault.effect == "reset":
                cut(self.door.port, _peer_port(context))
            if fault.effect in {"error", "reset"}:  # what is said after a cut, nobody hears
                await context.abort(grpc.StatusCode[fault.code], fault.message)
        await self.kernel.faults.held(faults, "hold")  # gRPC ends this call meanwhile, if its caller goes
        return faults

    async def _after(self, faults: list[Fault], context: Any) -> None:
        await self.kernel.faults.held(faults, "hold_response")
        for fault in faults:
            if fault.effect == "lose_response":
                await context.abort(grpc.StatusCode[fault.code], fault.message)

    async def unary(self, request: Any, context: Any) -> Any:
        faults = await self._before(request, context)
        try:
            response = await self.answer(request, context)  # type: ignore[misc]
        except RpcError as refusal:
            await context.abort(refusal.code, refusal.message)
        except (sqlite3.Error, OSError) as exc:  # the disk is full, or broken
            await context.abort(grpc.StatusCode.INTERNAL, f"{self.kernel.disk.root}: {exc}")
        await self._after(faults, context)
        return response

    async def stream(self, request: Any, context: Any) -> AsyncIterator[Any]:
        faults = await self._before(request, context)
        if self.method.client_streams:
            request = self._messages(request, context)
        lost = any(fault.effect in {"lose_response", "hold_response"} for fault in faults)
        held: list[Any] = []
        try:
            async for response in self.answer(request, context):  # type: ignore[misc]
                if lost:
                    held.append(response)
                else:
                    yield response
        except RpcError as refusal:
            await context.abort(refusal.code, refusal.message)
        except (sqlite3.Error, OSError) as exc:  # the disk is full, or broken
            await context.abort(grpc.StatusCode.INTERNAL, f"{self.kernel.disk.root}: {exc}")
        await self._after(faults, context)
        for response in held:
            yield response

    async def _messages(self, requests: AsyncIterator[Any], context: Any) -> AsyncIterator[Any]:
        async for request in requests:
            asked = Asked(partial(_about, request), partial(_peer_port, context), partial(_size, request))
            for fault in self.kernel.faults.said(self.service, self.method.name, asked):
                if fault.latency_ms:
                    await asyncio.sleep(fault.latency_ms / 1000)
                if fault.effect == "reset":
                    cut(self.door.port, _peer_port(context))
            yield request


def _peer_port(context: Any) -> int:
    return int(context.peer().rsplit(":", 1)[-1])


def _about(request: Any) -> str:
    """A request in one line; nothing of a stream of them, before the first has come."""
    return text_format.MessageToString(request, as_one_line=True) if isinstance(request, Message) else ""


def _size(request: Any) -> int:
    return request.ByteSize() if isinstance(request, Message) else 0


def _handler(endpoint: _Endpoint) -> "grpc.RpcMethodHandler[Any, Any]":
    method = endpoint.method
    ends = ("stream" if stream else "unary" for stream in (method.client_streams, method.server_streams))
    make: Callable[..., grpc.RpcMethodHandler[Any, Any]] = getattr(grpc, f"{'_'.join(ends)}_rpc_method_handler")
    return make(
        endpoint.stream if method.server_streams else endpoint.unary,
        request_deserializer=method.request.FromString,
        response_serializer=method.response.SerializeToString,
    )
