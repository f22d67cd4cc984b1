"""Google's Firestore clients, pointed at the local cloud."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from google.cloud import firestore

from tests.contract.local.firestore.clients import close, close_now
from tests.processes import RunningCloud


@pytest.fixture(scope="session")
async def one_loop() -> AsyncIterator[None]:
    """Keep one event loop for all tests: grpc.aio hands the events of a new loop to the one before."""
    yield  # noqa: PT022 - the loop lives as long as this fixture does


@pytest.fixture
def emulator(cloud: RunningCloud, monkeypatch: pytest.MonkeyPatch) -> str:
    """The local Firestore's host:port, in the environment of this test alone."""
    host = cloud.host("firestore")
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", host)
    return host


@pytest.fixture(params=["sync", "async"])
async def db(request: pytest.FixtureRequest, one_loop: None, emulator: str, project: str) -> AsyncIterator[Any]:
    """Either of Google's clients, on a database of its own; `clients.got` reads the answers of both."""
    assert emulator
    assert one_loop is None
    client = firestore.Client(project) if request.param == "sync" else firestore.AsyncClient(project)
    yield client
    await close(client)


@pytest.fixture
def client(emulator: str, project: str) -> Iterator[Any]:
    """Google's synchronous client, for threads and listeners, on a database of its own."""
    assert emulator
    client = firestore.Client(project)
    yield client
    close_now(client)
