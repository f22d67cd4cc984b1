"""The pictures of an outcome made ready to be stored: as the job asks for them, and hashed. Nothing outside changes."""

import asyncio
import logging
from collections.abc import Awaitable, Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import NamedTuple

from shared.domain.job import Job, Kind
from shared.ports import ImageProcessor, Picture, Processed
from shared.telemetry import event

SMALL = 1 << 18  # bytes that are hashed in less time than a thread is woken


class Ready(NamedTuple):
    """What is handed out of one picture."""

    processed: Processed
    hashes: Mapping[Kind, str]  # SHA-256 in hex, of the image and of what lies beside it


async def prepare(
    processor: ImageProcessor, job: Job, pictures: Sequence[Picture], *, first: int = 0, within: timedelta
) -> list[Ready]:
    """What is handed out of each picture, all at once; `first` is the index of the first of them.

    One that cannot be processed, or not in time, is handed out as it came: it is paid, and another try would have to
    pay again.
    """
    processed = await asyncio.gather(
        *(_in_time(processor.process(job, picture), picture, within) for picture in pictures)
    )
    for index, found in enumerate(processed, first):
        if found.problem:
            event("image not as asked", level=logging.ERROR, job_id=job.id, index=index, reason=found.problem)
    return await asyncio.gather(*map(hashed, processed))


async def hashed(processed: Processed) -> Ready:
    """A processed picture with its hashes."""
    kinds: dict[Kind, Picture | None] = {
        "image": processed.image, "original": processed.original, "thumbnail": processed.thumbnail
    }  # fmt: skip
    return Ready(processed, {kind: await _digest(picture.data) for kind, picture in kinds.items() if picture})


async def _in_time(processing: Awaitable[Processed], picture: Picture, within: timedelta) -> Processed:
    try:
        async with asyncio.timeout(within.total_seconds()):
            return await processing
    except TimeoutError:
        text = f"The picture could not be processed within {within.total_seconds():.0f} s, and is as the model made it."
        return Processed(image=picture, problem=text)


async def _digest(data: bytes) -> str:
    """Of megabytes on a thread, so that other jobs go on."""
    if len(data) <= SMALL:
        return sha256(data).hexdigest()
    return await asyncio.to_thread(lambda: sha256(data).hexdigest())
