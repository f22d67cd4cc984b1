"""The provider that `shared/providers/README.md` shows: taken out of it, and run as any other is."""

import re
from base64 import b64encode
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from shared.providers.gates import Gates
from tests.builders import image_bytes
from tests.contract.image_provider_suite import ASKED, RemoteProviderSuite, World
from tests.fakes.clock import FakeClock
from tests.fakes.http_server import Answer, HttpServer, json_answer
from tests.processes import ROOT

README = ROOT / "shared" / "providers" / "README.md"
LINES = 30  # of the example, at most; empty ones apart


def _image(data: bytes = image_bytes()) -> Answer:
    return json_answer({"image": b64encode(data).decode()})


ANSWERS = {
    "429 with Retry-After": Answer(429, headers={"Retry-After": str(ASKED)}),
    "reset": Answer(reset=True),
    "no image": json_answer({}),
    "no base64": json_answer({"image": "no base64!"}),
    "refused": Answer(400, b"against our policy"),
    "truncated": _image(image_bytes()[:40]),
    "wrong type": _image(b"<html>"),
}


def _code() -> str:
    found = re.search(r"^```python\n(.*?)^```", README.read_text(), re.DOTALL | re.MULTILINE)
    assert found
    return found[1]


@pytest.fixture
def planned() -> deque[Answer]:
    """What the vendor answers next; then a picture each."""
    return deque()


@pytest.fixture
def server(planned: deque[Answer]) -> Iterator[HttpServer]:
    """The vendor."""
    with HttpServer(lambda _: planned.popleft() if planned else _image()).running() as running:
        yield running


@pytest.fixture
async def made() -> AsyncIterator[Callable[..., Any]]:
    """Makes providers of the README's code."""
    names: dict[str, Any] = {}
    exec(compile(_code(), README, "exec"), names)  # noqa: S102 - our own
    providers = []

    def make(url: str, clock: FakeClock) -> Any:
        providers.append(names["Example"](url, "a-key", clock, Gates(clock)))
        return providers[-1]

    yield make
    for provider in providers:
        await provider.api.close()


class TestExample(RemoteProviderSuite):
    """What every provider does."""

    patient = ("429 with Retry-After",)
    broken = ("500", "503", "reset")
    unreadables = ("no image", "no base64")
    refusals = ("refused",)
    partials = ("refused",)

    @pytest.fixture
    def world(self, server: HttpServer, planned: deque[Answer], made: Callable[..., Any]) -> World:
        """Borrows a model of the catalogue that makes four images, without seeds."""

        @contextmanager
        def fault(name: str, times: int) -> Iterator[None]:
            if name == "slow":
                with server.slow("POST"):
                    yield
                return
            planned.extend([ANSWERS[name] if name in ANSWERS else Answer(int(name))] * times)
            yield
            planned.clear()

        clock = FakeClock()
        return World(
            made(server.url, clock),
            clock,
            {"provider": "example", "model": "google/imagen-4"},
            lambda: len(server.asked),
            fault,
            elsewhere=lambda host: made(f"http://{host}", clock),
        )


def test_the_example_is_short() -> None:
    """To add a provider is little work."""
    assert len([line for line in _code().splitlines() if line.strip()]) <= LINES
