"""The exact bytes of a provider go to the bucket, with a JSON beside each that says what they are."""

import asyncio
from hashlib import sha256

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


async def _one(images: ImageStore, job: Job, index: int, picture: Picture, token: str) -> Artifact:
    digest = sha256(picture.data).hexdigest()
    name = object_name(job, index, digest, picture.mime_type)
    about = {
        "job_id": job.id,
        "model": job.model,
        "prompt_sha256": sha256(job.prompt.encode()).hexdigest(),
        "seed": picture.seed,
        "cost_micros": job.spend[-1].actual_micros,
        "sha256": digest,
    }
    metadata = {key: str(value) for key, value in about.items() if value is not None}
    sidecar = msgspec.json.format(msgspec.json.encode(about | {"prompt": job.prompt, "index": index}))
    uri, _ = await asyncio.gather(
        images.put(name, picture.data, picture.mime_type, token=token, metadata=metadata),
        images.put(sidecar_name(name), sidecar, "application/json", token=token, metadata={"job_id": job.id}),
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
    )
