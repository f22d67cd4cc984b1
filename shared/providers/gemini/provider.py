"""One job to Gemini: what its calls ask for, and what comes of them.

Source of the fields: https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference and google-genai.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from google import genai
from google.genai import types

from shared.catalog import catalog, price
from shared.domain.errors import ProviderError
from shared.domain.inputs import ReferenceType
from shared.domain.job import Job
from shared.ports import Checkpoint, Clock, Given, Outcome
from shared.providers.gates import Gates
from shared.providers.gemini.answers import picture_in
from shared.providers.gemini.door import Door
from shared.providers.gemini.errors import VENDOR_ERRORS, ours
from shared.providers.retrying import Run
from shared.providers.rounds import One, make_all

LONGEST_CALL = 120.0  # seconds
SIZES = {"512px": "512"}  # Google's own name of it, where ours is another
PEOPLE = {"dont_allow": "ALLOW_NONE", "allow_adult": "ALLOW_ADULT", "allow_all": "ALLOW_ALL"}
# What the model is told of a picture that is not simply to be worked on.
USES: dict[ReferenceType, str] = {
    "style": "Take the style from this picture.",
    "subject": "Show the subject of this picture.",
    "control": "Follow the layout of this picture.",
}


class Gemini:
    """Text to image, and images and text to image."""

    def __init__(self, door: Door, location: str, clock: Clock, gates: Gates) -> None:
        """`location` is that of models of which the catalogue names none."""
        self._door = door
        self._location = location
        self._clock = clock
        self._gates = gates

    async def close(self) -> None:
        """Close its connections."""
        await self._door.close()

    def estimate(self, job: Job) -> int | None:
        """See ImageProvider.estimate: the catalogue's price of each image asked for."""
        return price(catalog().models[job.model], job.image_size, job.n)

    async def generate(self, job: Job, given: Sequence[Given], deadline: datetime, checkpoint: Checkpoint) -> Outcome:
        """See ImageProvider.generate."""
        image = _image(job, is_vertex=self._door.is_vertex)
        parts = await asyncio.to_thread(_parts, job, given)
        client = self._door.client(catalog().models[job.model].location or self._location)
        each = price(catalog().models[job.model], job.image_size, 1)

        async def make() -> Outcome:
            body = await self._answer(client, job, parts, image, deadline)
            # On a thread: megabytes of base64 are decoded and looked at, and other jobs are to go on.
            picture = await asyncio.to_thread(picture_in, body, job, each)
            return Outcome(pictures=(picture,), cost_micros=each)

        run = Run(self._gates(job.provider, job.model), self._clock, deadline, checkpoint)
        return await make_all(run, [One(make, each)] * job.n)

    async def _answer(
        self, client: genai.Client, job: Job, parts: list[types.Part], image: types.ImageConfig, deadline: datetime
    ) -> str:
        """The answer's body, of one call."""
        left = (deadline - self._clock.now()).total_seconds()
        seconds = max(min(left, LONGEST_CALL), 0.001)
        config = types.GenerateContentConfig(
            response_modalities=["IMAGE"],
            image_config=image,
            automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
            automatic_continuation=False,  # each would be another paid call
            should_return_http_response=True,  # else the SDK would unpack a picture on the event loop
            http_options=types.HttpOptions(timeout=max(int(seconds * 1000), 1)),  # ms; 0 would be none
        )
        try:
            async with asyncio.timeout(seconds):
                answer = await client.aio.models.generate_content(
                    model=job.model, contents=types.Content(role="user", parts=parts), config=config
                )
        except VENDOR_ERRORS as exc:
            raise ours(exc, self._clock.now()) from exc
        body: str = answer.sdk_http_response.body or ""
        return body


def _parts(job: Job, given: Sequence[Given]) -> list[types.Part]:
    """Each picture after what is said of it; then the prompt."""
    parts = []
    for picture in given:
        words = " ".join(filter(None, [USES.get(picture.type), picture.description]))
        if words:
            parts.append(types.Part.from_text(text=words))
        parts.append(types.Part.from_bytes(data=picture.data, mime_type=picture.mime_type))
    return [*parts, types.Part.from_text(text=job.told.prompt)]


def _image(job: Job, *, is_vertex: bool) -> types.ImageConfig:
    """What the picture is to be.

    Raises:
        ProviderError: the Developer API cannot be asked for it.
    """
    size = job.image_size or catalog().models[job.model].usual_size
    image = types.ImageConfig(aspect_ratio=job.aspect_ratio, image_size=SIZES.get(size, size))
    people = job.provider_options.person_generation
    if is_vertex:
        image.person_generation = people and PEOPLE[people]
        # These are all it makes: for any other a PNG, which loses nothing until it is converted.
        image.output_mime_type = job.mime_type if job.mime_type == "image/jpeg" else "image/png"
        # PNG has no quality to choose.
        image.output_compression_quality = job.compression if job.mime_type == "image/jpeg" else None
    elif people:
        text = "The Gemini Developer API does not know person_generation: leave it out, or use Vertex AI."
        raise ProviderError("PERMANENT", "unsupported_by_model", text)
    return image
