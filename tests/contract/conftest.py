"""The local cloud as the adapters meet it, under the index definitions that are deployed."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.processes import ROOT, RunningCloud, local_cloud

INDEXES = Path("infra", "cloud", "firestore.indexes.json")


@pytest.fixture(scope="session")
def deployed_cloud() -> Iterator[RunningCloud]:
    """A local cloud that serves only the queries that the deployed indexes serve."""
    with local_cloud("--indexes", str(ROOT / INDEXES)) as running:
        yield running


@pytest.fixture(scope="session")
async def one_loop() -> AsyncIterator[None]:
    """Keep one event loop for the whole run: grpc's poller outlives a loop, and then calls it."""
    yield  # noqa: PT022 - a generator is what keeps the loop
