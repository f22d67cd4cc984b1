"""An HTTP server that pushes go to, in a thread of the test's process."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WAIT = 60  # seconds before a test gives up


@dataclass(frozen=True)
class Push:
    """One push as it arrived."""

    headers: dict[str, str]  # in lower case
    body: bytes
    arrived: float  # monotonic seconds

    @property
    def envelope(self) -> Any:
        """The body, if it is JSON."""
        return json.loads(self.body)

    @property
    def attributes(self) -> dict[str, str]:
        """The message's attributes."""
        attributes: dict[str, str] = self.envelope["message"].get("attributes", {})
        return attributes


class Endpoint:
    """What arrived, and what is answered: `answer(push)` is the status."""

    def __init__(self) -> None:
        self.url = ""
        self.pushes: list[Push] = []
        self.answer: Callable[[Push], int] = lambda _: 204
        self.arrival = threading.Condition()
        self.released = threading.Event()  # where an answer waits for the test

    def wait(self, count: int) -> list[Push]:
        """The pushes, once there are `count`."""
        deadline = time.monotonic() + WAIT
        with self.arrival:
            while len(self.pushes) < count:
                if not self.arrival.wait(max(0, deadline - time.monotonic())):
                    raise AssertionError(f"{len(self.pushes)} pushes in {WAIT} s, wanted {count}")
            return list(self.pushes)

    def receive(self, push: Push) -> int:
        """Note a push; gives the status to answer."""
        with self.arrival:
            self.pushes.append(push)
            self.arrival.notify_all()
        return self.answer(push)


@contextmanager
def listening() -> Iterator[Endpoint]:
    """An endpoint at a free port, closed after the block."""
    endpoint = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.send_response(endpoint.receive(Push(headers, body, time.monotonic())))
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    endpoint.url = f"http://127.0.0.1:{server.server_port}/push"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield endpoint
    finally:
        endpoint.released.set()
        server.shutdown()
        thread.join()
        server.server_close()
