"""Imagen's calls: one, or several at once."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from google.cloud.aiplatform_v1.services.prediction_service import PredictionServiceAsyncClient
from google.cloud.aiplatform_v1.types import PredictRequest
from google.protobuf import json_format, struct_pb2

from shared.catalog import catalog, price
from shared.domain.job import Job
from shared.ports import Checkpoint, Clock, Given, Outcome
from shared.providers.gates import Gates
from shared.providers.imagen.answer import outcome_of, predictions_of
from shared.providers.imagen.errors import VENDOR_ERRORS, ours
from shared.providers.imagen.request import Share, instance, parameters, shares
from shared.providers.retrying import Run
from shared.providers.rounds import One, make_all

# `predict` has no default retry and no default time-out.
LONGEST_CALL = 120.0  # seconds


class Imagen:
    """Images from a prompt, from given pictures, inside a mask; and enlarged ones."""

    def __init__(
        self, prediction: PredictionServiceAsyncClient, project: str, location: str, clock: Clock, gates: Gates
    ) -> None:
        self._prediction = prediction
        self._clock = clock
        self._gates = gates
        self._parent = f"projects/{project}/locations/{location}/publishers/google/models"

    def estimate(self, job: Job) -> int | None:
        """See ImageProvider.estimate: the catalogue's price of each image asked for."""
        return _price(job, job.n)

    async def generate(self, job: Job, given: Sequence[Given], deadline: datetime, checkpoint: Checkpoint) -> Outcome:
        """See ImageProvider.generate."""
        run = Run(self._gates(job.provider, job.model), self._clock, deadline, checkpoint)
        # On a thread: megabytes of given pictures are encoded, and other jobs are to go on.
        asked = await asyncio.to_thread(_asked, job, given) if given else _asked(job, given)
        ones = []
        for share in shares(job):
            how = _value(parameters(job, given, share))
            make = partial(self._call, job, asked, how, share, deadline)
            ones.append(One(make, _price(job, share.images), share.images))
        return await make_all(run, ones)

    async def _call(
        self, job: Job, asked: struct_pb2.Value, how: struct_pb2.Value, share: Share, deadline: datetime
    ) -> Outcome:
        left = (deadline - self._clock.now()).total_seconds()
        try:
            answer = await self._prediction.predict(
                self._request(job.model, asked, how), timeout=min(left, LONGEST_CALL), retry=None
            )
        except VENDOR_ERRORS as exc:
            raise ours(exc) from exc
        predictions = predictions_of(type(answer).pb(answer))
        del answer
        return await asyncio.to_thread(outcome_of, predictions, share, job.told.prompt, _price(job, 1))

    def _request(self, model: str, asked: struct_pb2.Value, how: struct_pb2.Value) -> PredictRequest:
        """By the plain message: that of proto-plus would turn the values, megabytes of pictures, over twice."""
        request = PredictRequest(endpoint=f"{self._parent}/{model}")
        plain = PredictRequest.pb(request)
        plain.instances.append(asked)
        plain.parameters.CopyFrom(how)
        return request


def _asked(job: Job, given: Sequence[Given]) -> struct_pb2.Value:
    return _value(instance(job, given))


def _value(data: dict[str, Any]) -> struct_pb2.Value:
    return json_format.ParseDict(data, struct_pb2.Value())


def _price(job: Job, images: int) -> int | None:
    return price(catalog().models[job.model], job.image_size, images)
