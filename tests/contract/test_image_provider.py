"""ImageProvider: the painter, and Imagen over the wire, by the local Vertex AI and by one that misbehaves."""

from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import grpc
import pytest
from google.cloud.aiplatform_v1.types import PredictResponse
from google.protobuf import json_format, struct_pb2

from shared.providers.gates import Gates
from shared.providers.imagen import Imagen, client
from shared.providers.placeholder import Placeholder
from tests.builders import a_job, image_bytes
from tests.contract.image_provider_suite import ALL_CALLS, ImageProviderSuite, RemoteProviderSuite, World
from tests.fakes.clock import FakeClock
from tests.processes import RunningCloud

CODES = {
    "429": "RESOURCE_EXHAUSTED", "500": "INTERNAL", "503": "UNAVAILABLE", "504": "DEADLINE_EXCEEDED",
    "409": "ABORTED", "401": "UNAUTHENTICATED", "403": "PERMISSION_DENIED",
}  # fmt: skip
PREDICT = "/google.cloud.aiplatform.v1.PredictionService/Predict"
NO_IMAGES = {"truncated": image_bytes()[:40], "wrong type": b"<html>", "nothing": b""}
Predictions = list[dict[str, Any]]


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


class Vendor:
    """A prediction service in this process that answers what the test says."""

    prediction: Any  # Google's client of it

    def __init__(self) -> None:
        self.predictions: Predictions = []
        self.calls = 0

    def takes_over(self, world: World, predictions: Predictions) -> None:
        """From now on the provider asks this vendor, which answers so."""
        self.predictions = predictions
        world.provider = Imagen(self.prediction, "p", "us-central1", world.clock, Gates(world.clock))

    def handler(self) -> Any:
        """For grpc's server."""
        serializer: Callable[..., bytes] = PredictResponse.serialize
        method: Any = grpc.unary_unary_rpc_method_handler(self._predict, response_serializer=serializer)
        service, name = PREDICT.strip("/").split("/")
        return grpc.method_handlers_generic_handler(service, {name: method})

    async def _predict(self, _: bytes, __: Any) -> PredictResponse:
        self.calls += 1
        answer = PredictResponse()
        values = [json_format.ParseDict(each, struct_pb2.Value()) for each in self.predictions]
        PredictResponse.pb(answer).predictions.extend(values)
        return answer


@pytest.mark.usefixtures("one_loop")
class TestImagen(RemoteProviderSuite):
    """Google's client on the local Vertex AI."""

    broken = ("500", "503", "504", "409", "reset")
    refusals = ("blocked", "empty", "refused")
    no_images = ("truncated", "wrong type", "nothing")

    @pytest.fixture
    async def vendor(self) -> AsyncIterator[Vendor]:
        """One that misbehaves as the local Vertex AI never does."""
        vendor, server = Vendor(), grpc.aio.server()
        server.add_generic_rpc_handlers([vendor.handler()])
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        vendor.prediction = client("us-central1", f"127.0.0.1:{port}")
        yield vendor
        await vendor.prediction.transport.close()
        await server.stop(None)

    @pytest.fixture
    async def world(self, cloud: RunningCloud, vendor: Vendor, project: str) -> AsyncIterator[World]:
        """Counts and faults by the local cloud's control port; refusals by words in the prompt."""
        prediction, clock, control = client("us-central1", cloud.host("vertex")), FakeClock(), cloud.control
        control.reset_counts()
        world = World(
            Imagen(prediction, project, "us-central1", clock, Gates(clock)),
            clock,
            {},
            lambda: control.counts().get("vertex.Predict", 0) + vendor.calls,
            lambda name, times: _fault(world, cloud, vendor, name, times),
        )
        yield world
        await prediction.transport.close()

    async def test_several_images_come_in_one_call(self, world: World) -> None:
        """With a seed each; what they cost is their number times the price."""
        job = world.job(n=3, seed=7)
        outcome = await world.make(job)
        assert [picture.seed for picture in outcome.pictures] == [7, 8, 9]
        assert (outcome.cost_micros, world.calls()) == (120_000, 1)

    async def test_a_run_with_some_images_blocked_gives_the_others(self, world: World) -> None:
        """And says why; only what came is paid."""
        outcome = await world.make(world.job(prompt="[[some-blocked]] a fox", n=3))
        assert (len(outcome.pictures), len(outcome.missing), outcome.cost_micros) == (2, 1, 80_000)

    @pytest.mark.parametrize("prediction", [{"bytesBase64Encoded": "no base64!"}, {"bytesBase64Encoded": 5}, {}])
    async def test_an_answer_that_makes_no_sense_is_no_success(
        self, world: World, vendor: Vendor, prediction: dict[str, Any]
    ) -> None:
        """Neither an unexpected error nor an empty success."""
        vendor.takes_over(world, [prediction])
        error = await world.refused()
        assert error.kind in {"TEMPORARY", "PERMANENT"}
        assert vendor.calls == 1

    @pytest.mark.parametrize("host", ["127.0.0.1:9", "nobody.invalid:443"])
    async def test_nobody_there_is_temporary_after_four(self, world: World, project: str, host: str) -> None:
        """A refused connection, a name that nobody has."""
        prediction = client("us-central1", host)
        world.provider = Imagen(prediction, project, "us-central1", world.clock, Gates(world.clock))
        error = await world.refused()
        await prediction.transport.close()
        assert (error.kind, len(world.checkpoint.failed)) == ("TEMPORARY", ALL_CALLS - 1)

    async def test_a_slow_vendor_is_waited_for(self, world: World, cloud: RunningCloud) -> None:
        """Within the deadline."""
        with cloud.control.fault("vertex", "Predict", effect="delay", latency_ms=300, count=1):
            assert (await world.make()).pictures
        assert (world.calls(), world.checkpoint.failed) == (1, [])

    async def test_a_model_that_is_gone_is_told(self, world: World) -> None:
        """404 helps no other try."""
        error = await world.refused(world.job(prompt="[[retired]] a fox"))
        assert (error.kind, error.code, world.calls()) == ("PERMANENT", "model_not_found", 1)


@contextmanager
def _fault(world: World, cloud: RunningCloud, vendor: Vendor, name: str, times: int) -> Iterator[None]:
    """See World.fault."""
    if name in NO_IMAGES:
        data = b64encode(NO_IMAGES[name]).decode()
        vendor.takes_over(world, [{"bytesBase64Encoded": data, "mimeType": "image/png"}])
        yield
        return
    if name in TestImagen.refusals:
        fields, world.fields = world.fields, {"prompt": f"[[{name}]] a fox"}
        yield
        world.fields = fields
        return
    rule = {"effect": "lose_response"} if name == "reset" else {"code": CODES[name]}
    with cloud.control.fault("vertex", "Predict", count=times, **rule):
        yield


def test_an_estimate_is_the_price_of_each_image() -> None:
    """Before any call."""
    assert Imagen(None, "p", "l", FakeClock(), Gates(FakeClock())).estimate(a_job(n=2)) == 80_000
