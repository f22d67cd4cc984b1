"""A server for webhooks, on this machine alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from threading import Thread
from types import TracebackType
from typing import Any, Self

from darkroom.errors import BadWebhook

from .exits import LocalError

HOST = "127.0.0.1"
MOST_BYTES = 1024 * 1024
SILENCE = 10  # seconds for which a sender may say nothing


@dataclass
class Delivery:
    """A request that came."""

    headers: Mapping[str, str]
    body: bytes
    event: dict[str, Any] | None = None  # where it is to be believed
    refused: BadWebhook | None = None


class Listener:
    """Answers webhooks from threads of its own, and hands them on."""

    def __init__(self, port: int, verify: Callable[[Delivery], dict[str, Any]], arrived: Queue[Delivery]) -> None:
        """Take the port.

        Raises:
            LocalError: somebody else has it.
        """
        handler = type("Handler", (_Handler,), {"verify": staticmethod(verify), "arrived": arrived})
        try:
            self._server = ThreadingHTTPServer((HOST, port), handler)
        except OSError as exc:
            raise LocalError(f"{HOST}:{port} cannot be listened at: {exc.strerror}", "Choose another --port.") from exc
        self._server.daemon_threads = True
        self.url = f"http://{HOST}:{self._server.server_address[1]}/"

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    verify: Callable[[Delivery], dict[str, Any]]
    arrived: Queue[Delivery]
    timeout = SILENCE

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > MOST_BYTES:
            self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE if length.isdigit() else HTTPStatus.LENGTH_REQUIRED)
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        delivery = Delivery(headers, self.rfile.read(int(length)))
        try:
            delivery.event = self.verify(delivery)
        except BadWebhook as exc:
            delivery.refused = exc
        self._answer(HTTPStatus.UNAUTHORIZED if delivery.refused else HTTPStatus.NO_CONTENT)
        self.arrived.put(delivery)

    def log_message(self, *_: object) -> None:
        """Stay silent."""

    def _answer(self, status: HTTPStatus) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()
