"""A proxy on whose way back every third answer, say, is lost: what was asked took effect, and nobody hears of it."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from tests.fakes.http_server import Answer, Asked, HttpServer

OF_THIS_HOP = {"connection", "host", "content-length", "transfer-encoding", "accept-encoding"}


class LosingProxy:
    """Hands each request on to `target`, and cuts the connection instead of every `every`th answer."""

    def __init__(self, target: str, every: int) -> None:
        self._target = target
        self._every = every
        self._count = itertools.count(1)  # whose next() is whole, whichever thread asks
        self._http = httpx.Client(timeout=60, trust_env=False)
        self._server = HttpServer(self._answer)
        self.lost: list[int] = []  # the statuses of the answers that were

    @property
    def url(self) -> str:
        """Where it is."""
        return self._server.url

    @property
    def asked(self) -> list[Asked]:
        """All requests so far."""
        return self._server.asked

    @contextmanager
    def running(self) -> Iterator["LosingProxy"]:
        """It answers within the block."""
        with self._http, self._server.running():
            yield self

    def _answer(self, asked: Asked) -> Answer:
        headers = {name: value for name, value in asked.headers.items() if name not in OF_THIS_HOP}
        response = self._http.request(
            asked.method, self._target + asked.path, params=asked.query, headers=headers, content=asked.body
        )
        if next(self._count) % self._every == 0:
            self.lost.append(response.status_code)
            return Answer(reset=True)
        told = {name: value for name, value in response.headers.items() if name not in OF_THIS_HOP}
        return Answer(response.status_code, response.content, told)
