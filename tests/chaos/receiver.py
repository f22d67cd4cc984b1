"""A webhook's receiver, whose answers can be held back, lost or refused, as the local cloud's can."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, NamedTuple

Effect = Literal["hold", "hold_response", "lose_response", "error"]


class Receipt(NamedTuple):
    """One event that arrived and was taken in."""

    event_id: str
    kind: str  # job.completed


@dataclass
class Rule:
    """What becomes of requests whose event's id ends so, until the rule ends; the first alone with `once`."""

    effect: Effect
    ending: str
    once: bool
    hits: int = 0
    ended: threading.Event = field(default_factory=threading.Event)


class Receiver:
    """Listens on 127.0.0.1 and remembers."""

    def __init__(self) -> None:
        self.receipts: list[Receipt] = []
        self._rules: list[Rule] = []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it takes events."""
        return f"http://127.0.0.1:{self._server.server_port}/"

    def close(self) -> None:
        """Take no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def told(self, job_id: str) -> list[tuple[int, str]]:
        """The sequence numbers and types of the job's events, in the order in which each was first received."""
        own = [got for got in tuple(self.receipts) if f"_{job_id}_" in got.event_id]
        return list(dict.fromkeys((int(got.event_id.rsplit("_", 1)[1]), got.kind) for got in own))

    @contextmanager
    def rule(self, effect: Effect, ending: str, *, once: bool = True) -> Iterator[Rule]:
        """A rule in force within the block."""
        rule = Rule(effect, ending, once)
        with self._lock:
            self._rules.append(rule)
        try:
            yield rule
        finally:
            with self._lock:
                self._rules.remove(rule)
            rule.ended.set()

    def struck(self, event_id: str) -> Rule | None:
        """The rule that a request of this event meets."""
        with self._lock:
            for rule in self._rules:
                if event_id.endswith(rule.ending) and not (rule.once and rule.hits):
                    rule.hits += 1
                    return rule
        return None


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Take an event."""
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            event_id = self.headers["webhook-id"]
            rule = receiver.struck(event_id)
            if rule and rule.effect == "hold":
                rule.ended.wait()
                return self._cut()  # whoever sent it has been killed
            if rule and rule.effect == "error":
                return self._answer(503)
            receiver.receipts.append(Receipt(event_id, body["type"]))
            if rule and rule.effect == "hold_response":
                rule.ended.wait()
            return self._cut() if rule else self._answer(204)

        def _cut(self) -> None:
            self.close_connection = True

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler
