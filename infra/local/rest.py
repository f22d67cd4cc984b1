"""HTTP services of the local cloud: operations by name, each counted, each meeting the faults in force."""

import asyncio
import sqlite3
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import unquote

import uvicorn
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Match, Route
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from infra.local.cut import cut
from infra.local.faults import Fault
from infra.local.kernel import Kernel
from infra.local.ports import bound
from infra.local.trace import Asked

TRANSPORT = "darkroom.transport"  # where a request's scope has its connection
WHOLE = 4 * 1024 * 1024  # bytes of a POST's body up to which it is handed over as one
Handler = Callable[[Request], Awaitable[Response]]

# What a fault's gRPC status name is over HTTP, as in google/rpc/code.proto.
STATUS_OF_CODE = {
    "INVALID_ARGUMENT": 400, "FAILED_PRECONDITION": 400, "OUT_OF_RANGE": 400, "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403, "NOT_FOUND": 404, "ABORTED": 409, "ALREADY_EXISTS": 409, "RESOURCE_EXHAUSTED": 429,
    "CANCELLED": 499, "DATA_LOSS": 500, "UNKNOWN": 500, "INTERNAL": 500, "UNIMPLEMENTED": 501, "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}  # fmt: skip


class HttpError(Exception):
    """A refusal, raised anywhere below an operation; answered in the error format of Google's JSON APIs."""

    def __init__(self, status: int, message: str, reason: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.reason = reason

    def response(self) -> JSONResponse:
        """The answer's body: `{"error": {code, message, status, errors}}`."""
        reason = self.reason or HTTPStatus(self.status).phrase
        errors = [{"message": self.message, "domain": "global", "reason": reason}]
        body = {"code": self.status, "message": self.message, "status": reason, "errors": errors}
        return JSONResponse({"error": body}, status_code=self.status)


class Offered(NamedTuple):
    """An operation as it is offered."""

    operation: str
    verb: str
    path: str
    about: str  # the first line of its handler's docstring


@dataclass
class HttpService:
    """The operations of one service: `service.route("objects.get", "GET", path, handler)`."""

    kernel: Kernel
    service: str  # as the book of faults names it: storage
    routes: list[Route] = field(default_factory=list)
    offered: list[Offered] = field(default_factory=list)

    @property
    def operations(self) -> list[str]:
        """What is offered, by name."""
        return [each.operation for each in self.offered]

    def route(self, operation: str, verb: str, path: str, handler: Handler) -> None:
        """Offer `operation` at `verb path` (Starlette's path syntax)."""
        self._note(operation, verb, path, handler)
        self.routes.append(Route(path, self._endpoint(operation, handler), methods=[verb]))

    def route_escaped(self, operation: str, verb: str, path: str, handler: Handler) -> None:
        """Offer `operation` where a name in the path may hold an escaped slash: `{name}` ends at a written one."""
        self._note(operation, verb, path, handler)
        route = _EscapedRoute(path, self._endpoint(operation, handler))
        route.methods = {verb}  # Starlette would let a GET answer HEAD, too
        self.routes.append(route)

    def _note(self, operation: str, verb: str, path: str, handler: Handler) -> None:
        self.offered.append(Offered(operation, verb, path, (handler.__doc__ or "").partition("\n")[0]))

    def _endpoint(self, operation: str, handler: Handler) -> Handler:
        async def endpoint(request: Request) -> Response:
            try:
                return await self._answer(operation, handler, request)
            except ClientDisconnect:
                return Response()  # which nobody hears

        return endpoint

    async def _answer(self, operation: str, handler: Handler, request: Request) -> Response:
        """The answer, or what the faults in force make of it.

        Raises:
            ClientDisconnect: the caller left before its request was read.
        """
        asked = Asked(
            about=lambda: _about(request),
            peer=lambda: request.client.port if request.client else 0,
            size=lambda: int(request.headers.get("content-length", 0)),
        )
        faults = self.kernel.faults.seen(self.service, operation, asked)
        for fault in faults:
            if fault.latency_ms:
                await asyncio.sleep(fault.latency_ms / 1000)
            if fault.effect == "error":
                return _refusal(fault).response()
            if fault.effect == "reset":
                return _Cut()
        if await self.kernel.faults.held(faults, "hold") and await _gone(request):
            return Response()
        try:
            response = await handler(request)
        except HttpError as refusal:
            response = refusal.response()
        except (sqlite3.Error, OSError) as exc:  # the disk is full, or broken
            response = HttpError(500, f"{self.kernel.disk.root}: {exc}").response()
        await self.kernel.faults.held(faults, "hold_response")
        return _Cut() if any(fault.effect == "lose_response" for fault in faults) else response


class _EscapedRoute(Route):
    """A route that is matched before the path is unescaped, so that `b%2Fc` is one name."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http" or scope["method"] not in (self.methods or ()):
            return Match.NONE, {}
        match = self.path_regex.match(scope["raw_path"].decode("latin-1"))
        if match is None:
            return Match.NONE, {}
        return Match.FULL, {
            "endpoint": self.endpoint,
            "path_params": {name: unquote(value) for name, value in match.groupdict().items()},
        }


def _about(request: Request) -> str:
    return f"{request.method} {request.url.path}?{request.url.query}"


async def _gone(request: Request) -> bool:
    """Whether the caller has left; its request is read first, as looking for that would swallow it."""
    await request.body()
    return await request.is_disconnected()


def _refusal(fault: Fault) -> HttpError:
    return HttpError(STATUS_OF_CODE.get(fault.code, 500), fault.message, fault.code)


class _Cut(Response):
    """No answer: the caller's connection is reset."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the ASGI signature
        transport: asyncio.Transport = scope["extensions"][TRANSPORT]
        cut(transport.get_extra_info("sockname")[1], transport.get_extra_info("peername")[1])
        transport.abort()
        while (await receive())["type"] != "http.disconnect":  # returning sooner, uvicorn would still answer a 500
            pass


class _Protocol(HttpToolsProtocol):
    """uvicorn's protocol, which lets an answer get at its connection, and wakes nobody for a part of a small body."""

    _parts: list[bytes] | None = None  # of the body that is coming in, where it is to be handed over as one

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {TRANSPORT: self.transport}  # type: ignore[dict-item]
        self._parts = None

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        # A PUT is a chunk of a resumable upload: what has come of it counts even if the rest never comes.
        if self.scope["method"] == "POST" and 0 < _length(self.headers) <= WHOLE:
            self._parts = []

    def on_body(self, body: bytes) -> None:
        if self._parts is None:
            super().on_body(body)
        else:
            self._parts.append(body)

    def on_message_complete(self) -> None:
        if self._parts is not None:
            super().on_body(self._parts[0] if len(self._parts) == 1 else b"".join(self._parts))
            self._parts = None
        super().on_message_complete()


def _length(headers: list[tuple[bytes, bytes]]) -> int:
    """The length of a body that says it; 0: it does not, or there is none."""
    said = next((value for name, value in headers if name == b"content-length"), b"")
    return int(said) if said.isdigit() else 0


class _App:
    """The routes alone: no more of Starlette's application than what answers here make use of."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes: defaultdict[str, list[Route]] = defaultdict(list)
        for route in routes:
            for verb in route.methods or ():
                self._routes[verb].append(route)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response: Response = PlainTextResponse("Method Not Allowed", status_code=405)
        for route in self._routes.get(scope["method"], ()):
            match, more = route.matches(scope)
            if match is Match.FULL:
                scope.update(more)
                response = await route.endpoint(Request(scope, receive, send))
                break
        await response(scope, receive, send)


async def unimplemented(request: Request) -> Response:
    """What nothing else answers, refused by its name."""
    return HttpError(501, f"{request.method} {request.url.path} is not implemented here", "UNIMPLEMENTED").response()


@dataclass
class HttpServer:
    """Several services on one port."""

    services: list[HttpService]
    host: str
    port: int  # 0: any free one; the real one after `start`
    _server: uvicorn.Server | None = None
    _task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: the address is taken, or not this machine's; its text names it.
        """
        every = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
        routes = [route for service in self.services for route in service.routes]
        app = _App([*routes, Route("/{path:path}", unimplemented, methods=every)])
        listener = bound(self.port, self.host)
        self.port = listener.getsockname()[1]
        config = uvicorn.Config(
            app, http=_Protocol, ws="none", log_level="error", lifespan="off", access_log=False,
            timeout_graceful_shutdown=1,
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]))
        while not self._server.started:  # noqa: ASYNC110 - uvicorn offers a flag, no event
            await asyncio.sleep(0.005)

    async def stop(self) -> None:
        """Finish what is under way, at most a second, and close."""
        if self._server and self._task:
            self._server.should_exit = True
            await self._task
