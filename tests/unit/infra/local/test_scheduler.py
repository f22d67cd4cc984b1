"""The scheduler that calls sweep."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from infra.local.ports import HOST, free_ports
from infra.local.scheduler import call
from tests.processes import ROOT


class _Sweep(BaseHTTPRequestHandler):
    """Stands for the function: takes as long as it is told, and notes how many callers it had at once."""

    status: ClassVar[int]
    calls: ClassVar[list[tuple[str, str | None, bytes]]]
    at_once: ClassVar[int] = 0
    most_at_once: ClassVar[int] = 0
    seen: ClassVar[threading.Semaphore]
    release: ClassVar[threading.Event]

    def do_POST(self) -> None:
        """Answer a tick."""
        kind = type(self)
        kind.at_once += 1
        kind.most_at_once = max(kind.most_at_once, kind.at_once)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        kind.calls.append((self.path, self.headers["X-CloudScheduler"], body))
        kind.seen.release()
        kind.release.wait(60)
        kind.at_once -= 1
        self.send_response(kind.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _sweep(status: int = 200) -> Iterator[tuple[type[_Sweep], str]]:
    class Sweep(_Sweep):
        """Of this test alone."""

    Sweep.status, Sweep.calls = status, []
    Sweep.seen, Sweep.release = threading.Semaphore(0), threading.Event()
    with ThreadingHTTPServer((HOST, 0), Sweep) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Sweep, f"http://{HOST}:{server.server_address[1]}/"
        Sweep.release.set()
        server.shutdown()
        thread.join()


def test_a_tick_is_a_post_of_an_empty_object() -> None:
    """With the header by which Cloud Scheduler says who it is."""
    with _sweep() as (sweep, url):
        sweep.release.set()
        assert call(url) == ""
    assert sweep.calls == [("/", "true", b"{}")]


def test_what_goes_wrong_is_told() -> None:
    """A refusal by its status, silence by its reason."""
    with _sweep(500) as (sweep, url):
        sweep.release.set()
        assert call(url) == "answered 500"
    assert call(f"http://{HOST}:{free_ports(1)[0]}/").startswith("no answer: ")


def test_ticks_do_not_overtake_each_other() -> None:
    """While one is answered slowly, no other comes; then the next comes at once."""
    with _sweep() as (sweep, url):
        command = [sys.executable, "-m", "infra.local.scheduler", url, "0.01"]
        with subprocess.Popen(command, cwd=ROOT) as scheduler:
            try:
                assert sweep.seen.acquire(timeout=60)
                assert not sweep.seen.acquire(timeout=0.2), "a second call came while the first was not answered"
                sweep.release.set()
                assert sweep.seen.acquire(timeout=60)
            finally:
                scheduler.kill()
    assert sweep.most_at_once == 1
