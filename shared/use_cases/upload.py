"""The images of an outcome go to the bucket: each with what lies beside it, and a JSON that says what it is.

Where the image is the provider's own picture, its exact bytes are stored; where it had to be changed, those are kept
beside it.
"""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from hashlib import sha256
from typing import Any

import msgspec

from shared.domain.job import Artifact, Job, Kind, StoredImage
from shared.domain.placement import object_name, sidecar_name
from shared.ports import ImageStore, Picture
from shared.use_cases.prepare import Ready


async def upload(
    images: ImageStore, job: Job, ready: Sequence[Ready], token: str, *, first: int = 0
) -> tuple[Artifact, ...]:
    """Store every image and what lies beside it, all at once; gives the artifacts, by index from `first` on.

    Raises:
        ImageStoreError: not all of them are there.
    """
    owner = _Owner(images, job, token)
    return tuple(await together(*(owner.artifact(index, each) for index, each in enumerate(ready, first))))


async def together(*stores: Awaitable[Any]) -> list[Any]:
    """The results of all of them, at once.

    Raises:
        ImageStoreError: the first failure; none is still under way then, which could outlive its attempt.
    """
    results = await asyncio.gather(*stores, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results


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


class _Owner:
    """Stores under the names of one job."""

    def __init__(self, images: ImageStore, job: Job, token: str) -> None:
        self._images = images
        self._job = job
        self._token = token

    async def artifact(self, index: int, ready: Ready) -> Artifact:
        processed, hashes = ready
        image, digest = processed.image, hashes["image"]
        about = description(self._job, digest, image.seed, image.cost_micros)
        name = object_name(self._job, index, digest, image.mime_type)
        stored, _, original, thumbnail = await together(
            self._put(name, image, about),
            put_sidecar(self._images, self._job, name, about, self._token),
            self._beside(index, processed.original, "original", hashes),
            self._beside(index, processed.thumbnail, "thumbnail", hashes),
        )
        return Artifact(
            index=index,
            **msgspec.structs.asdict(stored),
            seed=image.seed,
            cost_micros=image.cost_micros,
            original=original,
            thumbnail=thumbnail,
            problem=processed.problem,
        )

    async def _beside(
        self, index: int, picture: Picture | None, kind: Kind, hashes: Mapping[Kind, str]
    ) -> StoredImage | None:
        if picture is None:
            return None
        name = object_name(self._job, index, hashes[kind], picture.mime_type, kind)
        return await self._put(name, picture, description(self._job, hashes[kind], picture.seed, None))

    async def _put(self, name: str, picture: Picture, about: dict[str, Any]) -> StoredImage:
        metadata = as_metadata(about)
        uri = await self._images.put(name, picture.data, picture.mime_type, token=self._token, metadata=metadata)
        return StoredImage(
            uri=uri,
            sha256=about["sha256"],
            mime_type=picture.mime_type,
            width=picture.width,
            height=picture.height,
            bytes=len(picture.data),
        )
