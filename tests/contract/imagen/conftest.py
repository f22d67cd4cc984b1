"""Imagen over the wire."""

from collections.abc import AsyncIterator

import pytest

from shared.providers.gates import Gates
from shared.providers.imagen import Imagen, client
from tests.contract.imagen.world import World
from tests.fakes.checkpoint import FakeCheckpoint
from tests.fakes.clock import FakeClock
from tests.fakes.prediction_server import prediction_server
from tests.processes import RunningCloud


@pytest.fixture
async def world(one_loop: None, cloud: RunningCloud, project: str) -> AsyncIterator[World]:
    """Served by the local Vertex AI, where a test does not say otherwise."""
    assert one_loop is None
    async with prediction_server(cloud.host("vertex")) as vendor:
        prediction, clock = client("us-central1", vendor.host), FakeClock()
        yield World(Imagen(prediction, project, "us-central1", clock, Gates(clock)), vendor, FakeCheckpoint(clock))
        await prediction.transport.close()
