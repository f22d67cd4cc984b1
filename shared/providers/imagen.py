"""Imagen on Vertex AI, by the prediction service's `predict`.

Source of the parameters: https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/imagen-api
"""

import asyncio
from base64 import b64decode
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from google.api_core import exceptions as google
from google.auth import exceptions as auth
from google.cloud.aiplatform_v1.services.prediction_service import PredictionServiceAsyncClient
from google.protobuf import json_format, struct_pb2

from shared.catalog import catalog, price
from shared.domain.errors import Billed, FailureType, ProviderError
from shared.domain.job import Job
from shared.domain.missing import Missing
from shared.domain.safety import Safety
from shared.ports import Checkpoint, Clock, Given, Outcome
from shared.providers.gates import Gates
from shared.providers.picture import picture_of
from shared.providers.retrying import Run, call

# What a refusal means; the first match counts. A call that was answered with an error is not billed.
KINDS: tuple[tuple[type[Exception], FailureType, str], ...] = (
    (google.TooManyRequests, "RATE_LIMIT", "model_rate_limit"),
    (google.Unauthorized, "AUTH_ERROR", "model_unauthorized"),
    (google.Forbidden, "AUTH_ERROR", "model_forbidden"),
    (auth.GoogleAuthError, "AUTH_ERROR", "model_no_credentials"),
    (google.NotFound, "PERMANENT", "model_not_found"),
    (google.BadRequest, "PERMANENT", "model_refused_request"),
    (google.Aborted, "TEMPORARY", "model_unavailable"),
    (google.Cancelled, "TEMPORARY", "model_unavailable"),
    (google.ClientError, "PERMANENT", "model_refused_request"),
    (google.ServiceUnavailable, "TEMPORARY", "model_unavailable"),
    (google.DeadlineExceeded, "TEMPORARY", "model_timeout"),
    (google.ServerError, "TEMPORARY", "model_unavailable"),
    (google.RetryError, "TEMPORARY", "model_unavailable"),
)
VENDOR_ERRORS = tuple(kind[0] for kind in KINDS)
# After these nobody knows whether the model worked, and so whether the call is billed: a connection that broke while
# it did is UNAVAILABLE too, and nothing tells it from a refusal.
LOST = (
    google.DeadlineExceeded,
    google.Cancelled,
    google.Unknown,
    google.InternalServerError,
    google.ServiceUnavailable,
)
# `predict` has no default retry and no default time-out.
LONGEST_CALL = 120.0  # seconds


def client(location: str, emulator_host: str | None) -> PredictionServiceAsyncClient:
    """Google's generated asynchronous client. To be made inside the event loop."""
    if emulator_host is None:
        endpoint = f"{location}-aiplatform.googleapis.com"
        return PredictionServiceAsyncClient(client_options={"api_endpoint": endpoint})
    import grpc
    from google.cloud.aiplatform_v1.services.prediction_service.transports import PredictionServiceGrpcAsyncIOTransport

    # Images of several megabytes come in one answer.
    channel = grpc.aio.insecure_channel(emulator_host, options=[("grpc.max_receive_message_length", -1)])
    return PredictionServiceAsyncClient(transport=PredictionServiceGrpcAsyncIOTransport(channel=channel))


class Imagen:
    """Text to image."""

    def __init__(
        self, prediction: PredictionServiceAsyncClient, project: str, location: str, clock: Clock, gates: Gates
    ) -> None:
        self._prediction = prediction
        self._clock = clock
        self._gates = gates
        self._parent = f"projects/{project}/locations/{location}/publishers/google/models"

    def estimate(self, job: Job) -> int | None:
        """See ImageProvider.estimate: the catalogue's price of each image asked for."""
        return price(catalog().models[job.model], job.image_size, job.n)

    async def generate(
        self,
        job: Job,
        given: Sequence[Given],  # noqa: ARG002 - not taken yet
        deadline: datetime,
        checkpoint: Checkpoint,
    ) -> Outcome:
        """See ImageProvider.generate."""
        run = Run(self._gates(job.provider, job.model), self._clock, deadline, checkpoint)
        answer = await call(run, lambda: self._predict(job, deadline), self.estimate(job))
        # On a thread: megabytes of base64 are decoded and looked at, and other jobs are to go on.
        return await asyncio.to_thread(_outcome, job, answer)

    async def _predict(self, job: Job, deadline: datetime) -> Any:
        left = (deadline - self._clock.now()).total_seconds()
        try:
            answer = await self._prediction.predict(
                endpoint=f"{self._parent}/{job.model}",
                instances=[_value({"prompt": job.told.prompt})],
                parameters=_value(_parameters(job)),
                timeout=min(left, LONGEST_CALL),
                retry=None,
            )
        except VENDOR_ERRORS as exc:
            raise _ours(exc) from exc
        # The plain message: proto-plus would turn each of a picture's megabytes over once more.
        return type(answer).pb(answer)


def _value(data: dict[str, Any]) -> struct_pb2.Value:
    return json_format.ParseDict(data, struct_pb2.Value())


def _parameters(job: Job) -> dict[str, Any]:
    parameters = {
        "sampleCount": job.n,
        "aspectRatio": job.aspect_ratio,
        "negativePrompt": job.told.negative_prompt,
        "seed": job.seed,
        "addWatermark": job.watermark,
        "includeRaiReason": True,
        "outputOptions": {"mimeType": job.mime_type},
    }
    return {name: value for name, value in parameters.items() if value is not None}


def _outcome(job: Job, answer: Any) -> Outcome:
    """The pictures of an answer, or the refusal that it is.

    A safety filter shows in an answer as predictions with a reason and no bytes, or as no prediction at all.
    """
    predictions = [json_format.MessageToDict(value) for value in answer.predictions]
    blocked = tuple(found["raiFilteredReason"] for found in predictions if "raiFilteredReason" in found)
    given = [found for found in predictions if "bytesBase64Encoded" in found]
    if not given:
        reason = " ".join(blocked) or "The model answered without an image and without a reason."
        raise ProviderError("PERMANENT", "safety_blocked", reason, safety=Safety(filtered="image"))
    # Where some were kept back, nobody says which of the seeds were theirs.
    seeds = [None if job.seed is None or blocked else job.seed + index for index in range(len(given))]
    each = price(catalog().models[job.model], job.image_size, 1)
    pictures = tuple(
        picture_of(_decoded(found["bytesBase64Encoded"]), seed=seed, cost_micros=each)
        for found, seed in zip(given, seeds, strict=True)
    )
    return Outcome(
        pictures=pictures,
        cost_micros=price(catalog().models[job.model], job.image_size, len(pictures)),
        prompt_used=given[0].get("prompt"),
        missing=tuple(
            Missing(code="safety_blocked", message=reason, safety=Safety(filtered="image")) for reason in blocked
        ),
    )


def _decoded(data: Any) -> bytes:
    """The bytes; none where it is no base64, which are then no image."""
    try:
        return b64decode(data)
    except (ValueError, TypeError):
        return b""


def _ours(exc: Exception) -> ProviderError:
    if isinstance(exc, google.BadRequest) and "Responsible AI" in str(exc):
        text = f"The model refused the prompt: {exc.message}"
        return ProviderError("PERMANENT", "safety_blocked", text, safety=Safety(filtered="prompt"))
    for theirs, kind, code in KINDS:
        if isinstance(exc, theirs):
            billed: Billed = "unknown" if isinstance(exc, LOST) else "no"
            return ProviderError(kind, code, f"Vertex AI: {exc}", billed=billed)
    raise exc
