"""A real HTTP server in a thread, whose answers a test writes down: also slow, cut off and malformed ones."""

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Asked:
    """A request as it arrived; the headers' names are in lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Its body."""
        return msgspec.json.decode(self.body)


@dataclass(frozen=True)
class Answer:
    """What comes back, and how."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None  # as Content-Length says; what is more than the body never comes
    reset: bool = False  # the connection is cut instead
    held: threading.Event | None = None  # it comes once this is set


def json_answer(data: Any, status: int = 200, **headers: str) -> Answer:
    """An answer in JSON."""
    return Answer(status, msgspec.json.encode(data), {"Content-Type": "application/json", **headers})


class HttpServer:
    """Answers every request by `answer`, which may be replaced at any time."""

    def __init__(self, answer: Callable[[Asked], Answer]) -> None:
        self.answer = answer
        self.asked: list[Asked] = []
        handler = type("Handler", (_Handler,), {"ours": self})
        self._server = _Server((HOST, 0), handler)
        self.port: int = self._server.server_address[1]

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://{HOST}:{self.port}"

    def encrypt(self, context: ssl.SSLContext) -> None:
        """Speak TLS; before it runs."""
        self._server.context = context

    @contextmanager
    def slow(self, method: str, seconds: float = 0.3) -> Iterator[None]:
        """Let what is asked by that method within the block be answered only after so long, or at the block's end."""
        answer, release = self.answer, threading.Event()
        self.answer = lambda asked: replace(answer(asked), held=release) if asked.method == method else answer(asked)
        timer = threading.Timer(seconds, release.set)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            release.set()
            self.answer = answer

    @contextmanager
    def running(self) -> Iterator["HttpServer"]:
        """It answers within the block."""
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.socket.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512  # connections that come at once
    context: ssl.SSLContext | None = None

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Answer on a connection; in its own thread, where a handshake keeps no other waiting."""
        if self.context is None:
            super().finish_request(request, client_address)
            return
        with contextlib.suppress(OSError), self.context.wrap_socket(request, server_side=True) as encrypted:
            super().finish_request(encrypted, client_address)


class _Handler(BaseHTTPRequestHandler):
    ours: HttpServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def do_HEAD(self) -> None:
        self._serve()

    def log_message(self, *_: object) -> None:
        """Stay silent."""

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.command, parts.path, dict(parse_qsl(parts.query)), headers, body)
        self.ours.asked.append(asked)
        answer = self.ours.answer(asked)
        if answer.held:
            answer.held.wait(200)
        try:
            self._send(answer)
        except OSError:  # who asked is gone
            self.close_connection = True

    def _send(self, answer: Answer) -> None:
        if answer.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.shutdown(socket.SHUT_RD)
            self.connection.close()
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        length = len(answer.body) if answer.length is None else answer.length
        self.send_header("Content-Length", str(length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)
        self.wfile.flush()
        if length > len(answer.body):
            self.close_connection = True
