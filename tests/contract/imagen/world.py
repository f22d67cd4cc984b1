"""Imagen, and the server that it asks: it notes each request, and hands it to the strict local Vertex AI."""

from base64 import b64encode
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from shared.domain.errors import ProviderError
from shared.domain.job import Job
from shared.ports import Given, Outcome
from shared.providers.imagen import Imagen
from tests.builders import image_bytes
from tests.contract.image_provider_suite import LATE, a_reference
from tests.fakes.checkpoint import FakeCheckpoint
from tests.fakes.prediction_server import Answer, Asked, PredictionServer

EACH = 40_000  # micro-USD
EDITING, ENLARGING = "imagen-3.0-capability-001", "imagen-4.0-upscale-preview"
RAW = a_reference("raw")
GIVEN = {"bytesBase64Encoded": b64encode(RAW.data).decode()}
ALWAYS = {"sampleCount": 1, "addWatermark": False, "includeRaiReason": True, "outputOptions": {"mimeType": "image/png"}}
PRACTICES = "Responsible AI practices"
BLOCKED = (
    "Your current safety filter threshold filtered out 2 generated images. You will not be charged for blocked "
    "images. Support codes: 56562880, 99999999, 90789179"
)


def a_prediction(seed: int = 0) -> dict[str, Any]:
    """A small picture, another for another seed."""
    return {"bytesBase64Encoded": b64encode(image_bytes(seed)).decode(), "mimeType": "image/png"}


class World(NamedTuple):
    """The provider and the server that it asks."""

    imagen: Imagen
    vendor: PredictionServer
    checkpoint: FakeCheckpoint

    async def make(self, job: Job, *given: Given) -> Outcome:
        """Its images."""
        return await self.imagen.generate(job, given, LATE, self.checkpoint)

    async def refused(self, job: Job, *given: Given) -> ProviderError:
        """Why there are none."""
        with pytest.raises(ProviderError) as refusal:
            await self.make(job, *given)
        return refusal.value

    def answers(self, answer: Callable[[Asked, int], Answer]) -> None:
        """Let the server answer so: the request, and how often one for its seed came before."""
        before: list[Any] = []

        async def answered(asked: Asked) -> Answer:
            seed = asked.parameters.get("seed")
            before.append(seed)
            return answer(asked, before.count(seed) - 1)

        self.vendor.answer = answered
