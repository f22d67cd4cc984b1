"""A deployment that a test writes down, answer by answer."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from darkroom import Client

from tests.fakes.http_server import Answer, Asked, HttpServer, json_answer
from tests.unit.shared.client.darkroom.both import Kind, Moments, client_of

LOST = Answer(reset=True)
JOB = "j" * 26


def a_job(**changes: Any) -> dict[str, Any]:
    """A job that waits, as the API shows it; some of it."""
    return {"id": JOB, "status": "queued", "status_sequence": 1, "progress": 0.0, "completed_at": None, **changes}


DONE = a_job(status="completed", status_sequence=5, progress=1.0, completed_at="2026-11-21T12:00:00Z")


def a_problem(status: int, code: str, **more: Any) -> Answer:
    """A refusal, with headers in `headers`."""
    headers = more.pop("headers", {})
    return json_answer(
        {"title": "No", "status": status, "code": code, "detail": f"It is {code}.", **more}, status, **headers
    )


def an_event(job: dict[str, Any]) -> bytes:
    """A change of a job in a stream."""
    return f"id: {job['status_sequence']}\nevent: job\ndata: {json.dumps(job)}\n\n".encode()


def a_stream(*jobs: dict[str, Any], cut: bool = False, more: bytes = b"") -> Answer:
    """A stream of these, which then ends, or is cut."""
    body = b":\nretry: 1000\n" + b"".join(map(an_event, jobs)) + more
    return Answer(200, body, {"Content-Type": "text/event-stream"}, length=len(body) + 1 if cut else None)


class Service:
    """Answers by `answers`, one after the other, the last one for ever; or by a function of the request."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.moments = Moments()
        self.answers: list[Answer | Callable[[Asked], Answer]] = [json_answer(a_job(), 202)]
        self.server = HttpServer(self._answer)

    def _answer(self, asked: Asked) -> Answer:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer if isinstance(answer, Answer) else answer(asked)

    @property
    def asked(self) -> list[Asked]:
        """All requests so far."""
        return self.server.asked

    @contextmanager
    def client(self, api_key: str | None = "k", **settings: Any) -> Iterator[Client]:
        """A client of it, of the kind under test, whose clock never waits."""
        with client_of(self.kind, self.server.url, api_key, moments=self.moments, **settings) as client:
            yield client
