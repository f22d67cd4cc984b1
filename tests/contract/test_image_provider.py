"""ImageProvider: the painter, and Imagen over the wire, by the local Vertex AI and by one that misbehaves."""

from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from shared.providers.gates import Gates
from shared.providers.imagen import Imagen, client
from shared.providers.placeholder import Placeholder
from tests.builders import a_job, image_bytes
from tests.contract.image_provider_suite import ASKED, ImageProviderSuite, RemoteProviderSuite, World
from tests.fakes.clock import FakeClock
from tests.fakes.prediction_server import Answer, PredictionServer, Refused, prediction_server
from tests.processes import RunningCloud

CODES = {
    "429": "RESOURCE_EXHAUSTED", "500": "INTERNAL", "503": "UNAVAILABLE", "504": "DEADLINE_EXCEEDED",
    "409": "ABORTED", "401": "UNAUTHENTICATED", "403": "PERMISSION_DENIED",
}  # fmt: skip
RULES: dict[str, dict[str, Any]] = {
    "reset": {"effect": "lose_response"},
    "slow": {"effect": "delay", "latency_ms": 300},
}
# What the local Vertex AI never does.
ANSWERS: dict[str, Answer] = {
    "truncated": [{"bytesBase64Encoded": b64encode(image_bytes()[:40]).decode()}],
    "wrong type": [{"bytesBase64Encoded": b64encode(b"<html>").decode()}],
    "no base64": [{"bytesBase64Encoded": "no base64!"}],
    "no text": [{"bytesBase64Encoded": 5}],
    "nothing": [{"bytesBase64Encoded": ""}],
    "no object": ["a picture"],
    "429 with RetryInfo": Refused("RESOURCE_EXHAUSTED", wait=ASKED),
}


class TestPlaceholder(ImageProviderSuite):
    """The one that asks nobody."""

    @pytest.fixture
    def world(self) -> World:
        """No vendor."""

        @contextmanager
        def none(_: str, __: int) -> Iterator[None]:
            yield

        return World(Placeholder(), FakeClock(), {"provider": "placeholder", "model": "placeholder"}, lambda: 0, none)

    async def test_several_images_have_seeds_of_their_own(self, world: World) -> None:
        """Image i is painted with seed + i, and is the same each time."""
        outcome = await world.make(world.job(n=3, seed=7))
        assert [picture.seed for picture in outcome.pictures] == [7, 8, 9]
        assert len({picture.data for picture in outcome.pictures}) == 3
        assert (await world.make(world.job(n=3, seed=7))).pictures == outcome.pictures

    async def test_it_costs_nothing(self, world: World) -> None:
        """Known to be 0, not unknown."""
        assert (await world.make(world.job(n=2))).cost_micros == 0


@pytest.mark.usefixtures("one_loop")
class TestImagen(RemoteProviderSuite):
    """Google's client on the local Vertex AI."""

    patient = ("429 with RetryInfo",)
    broken = ("500", "503", "504", "409", "reset")
    unreadables = ("no object",)
    refusals = ("blocked", "empty", "refused")
    no_images = ("truncated", "wrong type", "no base64", "no text", "nothing")
    partials = ("some-blocked",)

    @pytest.fixture
    async def vendor(self, cloud: RunningCloud) -> AsyncIterator[PredictionServer]:
        """One that misbehaves as the local Vertex AI never does."""
        async with prediction_server(cloud.host("vertex")) as vendor:
            yield vendor

    @pytest.fixture
    async def world(self, cloud: RunningCloud, vendor: PredictionServer, project: str) -> AsyncIterator[World]:
        """Counts and faults by the local cloud's control port; refusals by words in the prompt."""
        clock, control, made = FakeClock(), cloud.control, []
        control.reset_counts()

        def imagen(host: str) -> Imagen:
            made.append(client("us-central1", host))
            return Imagen(made[-1], project, "us-central1", clock, Gates(clock))

        world = World(
            imagen(cloud.host("vertex")),
            clock,
            {},
            lambda: control.counts().get("vertex.Predict", 0) + vendor.answered,
            lambda name, times: _fault(world, cloud, vendor, name, times),
            elsewhere=imagen,
        )
        yield world
        for prediction in made:
            await prediction.transport.close()

    async def test_a_model_that_is_gone_is_told(self, world: World) -> None:
        """404 helps no other try."""
        error = await world.refused(world.job(prompt="[[retired]] a fox"))
        assert (error.kind, error.code, world.calls()) == ("PERMANENT", "model_not_found", 1)


@contextmanager
def _fault(world: World, cloud: RunningCloud, vendor: PredictionServer, name: str, times: int) -> Iterator[None]:
    """See World.fault."""
    if name in ANSWERS:
        vendor.says(ANSWERS[name], times)
        assert world.elsewhere
        world.provider = world.elsewhere(vendor.host)
        yield
    elif name in (*TestImagen.refusals, *TestImagen.partials):
        fields, world.fields = world.fields, {"prompt": f"[[{name}]] a fox"}
        yield
        world.fields = fields
    else:
        with cloud.control.fault("vertex", "Predict", count=times, **(RULES.get(name) or {"code": CODES[name]})):
            yield


def test_an_estimate_is_the_price_of_each_image() -> None:
    """Before any call."""
    assert Imagen(None, "p", "l", FakeClock(), Gates(FakeClock())).estimate(a_job(n=2)) == 80_000
