"""Replicate over HTTP: predictions that are submitted, then polled; one an image.

It could hold a request until the image is there (`Prefer: wait`), but a lost answer would then lose the prediction's
id, and the image would be paid again.

Source of the paths and fields: https://replicate.com/docs/reference/http
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from shared.catalog import catalog, price
from shared.domain.errors import RETRYABLE, Billed, Canceled, ProviderError
from shared.domain.job import Job
from shared.domain.missing import Missing
from shared.domain.money import total
from shared.ports import Checkpoint, Clock, Given, Outcome, Picture
from shared.providers import retry_after
from shared.providers.download import image_client
from shared.providers.gates import Gates
from shared.providers.json_api import JsonApi
from shared.providers.operations import fetched, operations_of, polled, without_image
from shared.providers.retrying import Run
from shared.providers.rounds import lost

NAME = "Replicate"
DEFAULT_ORIGIN = "https://api.replicate.com"
FORMATS = {"image/jpeg": "jpg"}  # Imagen makes PNG and JPEG here; whoever wants another converts a PNG


class _Prediction(msgspec.Struct):
    id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]+\Z")]
    status: Literal["starting", "processing", "succeeded", "failed", "canceled", "aborted"]
    output: str | list[str] | None = None
    error: Any = None  # mostly a text


class _Problem(msgspec.Struct):
    detail: str = ""
    retry_after: float | None = None  # seconds


def base_url(configured: str | None) -> str:
    """The API's address: REPLICATE_API_URL, with or without its `/v1`."""
    return (configured or DEFAULT_ORIGIN).rstrip("/").removesuffix("/v1")


class Replicate:
    """Text to image, by Google's Imagen 4 as Replicate offers it."""

    def __init__(self, url: str, key: str, clock: Clock, gates: Gates, *, allow_private: bool = False) -> None:
        """`url` as `base_url` gives it; `allow_private` lets images be fetched from this machine, for local work."""
        self._clock = clock
        self._gates = gates
        self._allow_private = allow_private
        self._api = JsonApi(NAME, url, key, clock)
        self._images = image_client()

    async def close(self) -> None:
        """Close its connections; in a function they last as long as the process."""
        await self._api.close()
        await self._images.aclose()

    def estimate(self, job: Job) -> int | None:
        """See ImageProvider.estimate."""
        return price(catalog().models[job.model], job.image_size, job.n)

    async def generate(
        self,
        job: Job,
        given: Sequence[Given],  # noqa: ARG002 - the catalogue lets none through
        deadline: datetime,
        checkpoint: Checkpoint,
    ) -> Outcome:
        """See ImageProvider.generate; a prediction under way is not submitted again."""
        run = Run(self._gates(job.provider, job.model), self._clock, deadline, checkpoint)
        made: list[str] = []
        try:
            submitted = await operations_of(job, run, lambda: self._submit(job, made), self.estimate(job), job.n)
        except Canceled:
            await self._cancel(made)
            raise
        each = price(catalog().models[job.model], job.image_size, 1)
        ended = await asyncio.gather(
            *(self._pictures(operation, deadline, each) for operation in submitted.operations), return_exceptions=True
        )
        return _outcome(ended, submitted.missing, each)

    async def _submit(self, job: Job, made: list[str]) -> str:
        given = {
            "prompt": job.told.prompt,
            "aspect_ratio": job.aspect_ratio,
            "safety_filter_level": job.provider_options.safety_setting,
            "output_format": FORMATS.get(job.mime_type, "png"),
        }
        body = {"input": {name: value for name, value in given.items() if value is not None}}
        made.append((await self._ask("POST", f"/v1/models/{job.model}/predictions", json=body)).id)
        return made[-1]

    async def _cancel(self, operations: Sequence[str]) -> None:
        """Ask that predictions which nobody wants any more be stopped; one that goes on does no harm but its price."""
        for operation in operations:
            with suppress(ProviderError):
                await self._ask("POST", f"/v1/predictions/{operation}/cancel")

    async def _pictures(self, operation: str, deadline: datetime, each: int | None) -> tuple[Picture, ...]:
        """What a prediction makes: one address or a list of them."""
        prediction = await polled(NAME, self._clock, deadline, lambda: self._ended(operation))
        if prediction.status != "succeeded":
            raise self._failed(prediction)
        output = prediction.output or []
        addresses = [output] if isinstance(output, str) else output
        if not addresses:
            raise without_image(NAME)
        return await fetched(self._images, addresses, each, allow_private=self._allow_private)

    async def _ended(self, operation: str) -> _Prediction | None:
        """What became of a prediction; None while it runs."""
        prediction = await self._ask("GET", f"/v1/predictions/{operation}")
        return None if prediction.status in {"starting", "processing"} else prediction

    async def _ask(self, method: str, path: str, **request: Any) -> _Prediction:
        """The prediction in an answer.

        Raises:
            ProviderError: there is none.
        """
        reply = await self._api.ask(method, path, **request)
        if reply.is_success:
            return self._api.read(reply.body, _Prediction)
        try:
            problem = self._api.read(reply.body, _Problem)
        except ProviderError:  # the answer of somebody on the way, a proxy perhaps
            problem = _Problem()
        asked = reply.retry_after
        if asked is None and problem.retry_after is not None:
            asked = retry_after.bounded(problem.retry_after)
        raise self._api.refusal(reply.status, problem.detail or reply.shown(), asked)

    def _failed(self, prediction: _Prediction) -> ProviderError:
        """A prediction that ended without an image; its id is of no more use."""
        said = str(prediction.error or prediction.status)
        if prediction.status == "aborted":  # it never began
            return ProviderError("TEMPORARY", "model_unavailable", f"{NAME} did not begin: {said}")
        if blocked := self._api.blocked(said, "image"):
            return blocked
        text = f"{NAME}'s prediction {prediction.status}: {said}"
        return ProviderError("UNKNOWN", "provider_task_failed", text, billed="unknown")


def _outcome(
    ended: Sequence[tuple[Picture, ...] | BaseException], unsubmitted: Sequence[ProviderError], each: int | None
) -> Outcome:
    """What all predictions brought.

    Raises:
        ProviderError: nothing came, or one is still to be asked for.
    """
    pictures: list[Picture] = []
    errors: list[ProviderError] = []
    for end in ended:
        if isinstance(end, ProviderError):
            errors.append(end)
        elif isinstance(end, BaseException):
            raise end
        else:
            pictures += end
    if running := next((error for error in errors if error.keeps_operation), None):
        raise running
    cost = total([*(picture.cost_micros for picture in pictures), *(lost(error, each) for error in errors)])
    if not pictures:
        raise _failure(errors, cost)
    missing = tuple(
        Missing(code=error.code, message=error.message, billed=error.billed, safety=error.safety)
        for error in (*errors, *unsubmitted)
    )
    return Outcome(pictures=tuple(pictures), cost_micros=cost, missing=missing)


def _failure(errors: Sequence[ProviderError], cost: int | None) -> ProviderError:
    """The failure of all predictions, with what they cost together.

    One that another try does not mend decides: it would be paid again beside those that it may mend.
    """
    error = next((error for error in errors if error.kind not in RETRYABLE), errors[0])
    if len(errors) == 1:
        return error
    billed: Billed = "unknown" if cost is None else "yes" if cost else "no"
    return ProviderError(error.kind, error.code, error.message, safety=error.safety, billed=billed, cost_micros=cost)
