"""The exact bytes of a provider go to the bucket, with a JSON beside each that says what they are."""

import asyncio
from hashlib import sha256
from typing import Any

import msgspec

from shared.domain.job import Artifact, Job
from shared.domain.placement import object_name, sidecar_name
from shared.ports import ImageStore, Outcome, Picture


async def upload(images: ImageStore, job: Job, outcome: Outcome, token: str) -> tuple[Artifact, ...]:
    """Store every picture of `outcome`, all at once; gives the artifacts, by index.

    Raises:
        ImageStoreError: not all of them are there.
    """
    stored = await asyncio.gather(
        *(_one(images, job, index, picture, token) for index, picture in enumerate(outcome.pictures)),
        return_exceptions=True,  # so that none is still under way when the attempt is settled
    )
    for result in stored:
        if isinstance(result, BaseException):
            raise result
    return tuple(result for result in stored if isinstance(result, Artifact))


def description(job: Job, sha256_hex: str, seed: int | None, cost_micros: int | None) -> dict[str, Any]:
    """What the sidecar and the object's metadata say of an image; its prompt only by its hash."""
    about = {
        "job_id": job.id,
        "model": job.model,
        "prompt_sha256": sha256(job.told.prompt.encode()).hexdigest(),
        "seed": seed,
        "cost_micros": cost_micros,
        "sha256": sha256_hex,
    }
    return {key: value for key, value in about.items() if value is not None}


def as_metadata(about: dict[str, Any]) -> dict[str, str]:
    """The description as metadata of an object, whose values are text."""
    return {key: str(value) for key, value in about.items()}


async def put_sidecar(images: ImageStore, job: Job, name: str, about: dict[str, Any], token: str) -> None:
    """Store the description as JSON beside the image `name`.

    Raises:
        ImageStoreError: it is not there.
    """
    data = msgspec.json.format(msgspec.json.encode(about))
    await images.put(sidecar_name(name), data, "application/json", token=token, metadata={"job_id": job.id})


async def _one(images: ImageStore, job: Job, index: int, picture: Picture, token: str) -> Artifact:
    digest = await asyncio.to_thread(lambda: sha256(picture.data).hexdigest())  # megabytes: other jobs are to go on
    name = object_name(job, index, digest, picture.mime_type)
    about = description(job, digest, picture.seed, picture.cost_micros)
    uri, _ = await asyncio.gather(
        images.put(name, picture.data, picture.mime_type, token=token, metadata=as_metadata(about)),
        put_sidecar(images, job, name, about, token),
    )
    return Artifact(
        index=index,
        uri=uri,
        sha256=digest,
        mime_type=picture.mime_type,
        width=picture.width,
        height=picture.height,
        bytes=len(picture.data),
        seed=picture.seed,
        cost_micros=picture.cost_micros,
    )
