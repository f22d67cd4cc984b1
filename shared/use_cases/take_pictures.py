"""Pictures that come with a request become uploads, as if their sender had uploaded them before."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

import msgspec

from shared.domain.errors import InputError, Rejected
from shared.domain.inputs import MAX_INPUT_BYTES, Reference, Source
from shared.domain.placement import upload_name
from shared.domain.request import MimeType
from shared.idempotency import job_id
from shared.ports import Clock, ImageStore
from shared.ports.masks import Look, Masks
from shared.use_cases.upload import together

MASK_TYPE: MimeType = "image/png"


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What a job may start from."""

    references: tuple[Reference, ...]
    mask: Source | None
    width: int  # of the first picture, in pixels
    height: int


class TakePictures:
    """Checks pictures and keeps them under `inputs/`, each under the id that its bytes give it.

    So a repeat names the same ones. The bucket forgets what no job has used for a day; what is used again within it is
    written anew, at most once an hour, and so is there for a day from then on.
    """

    def __init__(self, images: ImageStore, masks: Masks, clock: Clock) -> None:
        self._images = images
        self._masks = masks
        self._clock = clock

    async def __call__(self, tenant: str, pictures: Sequence[bytes], mask: bytes | None) -> Taken:
        """Take one picture at least; the mask is transparent where the first is to be changed.

        Raises:
            Rejected: 400, with a pointer, /image or /mask, to one that cannot be used.
            ImageStoreError: the bucket does not answer.
        """
        looks = [await self._look(picture, "/image") for picture in pictures]
        kept = [(picture, look.mime_type) for picture, look in zip(pictures, looks, strict=True)]
        first = looks[0]
        if mask is not None:
            kept.append((await self._painted(mask, first), MASK_TYPE))
        now = self._clock.now()
        ids: list[str] = await together(*(self._kept(tenant, data, mime_type, now) for data, mime_type in kept))
        return Taken(
            references=tuple(Reference(upload_id=each) for each in ids[: len(pictures)]),
            mask=Source(upload_id=ids[-1]) if mask is not None else None,
            width=first.width,
            height=first.height,
        )

    async def _look(self, data: bytes, pointer: str) -> Look:
        if len(data) > MAX_INPUT_BYTES:
            raise _wrong(pointer, f"has {len(data)} bytes; a picture may have {MAX_INPUT_BYTES}")
        try:
            return await self._masks.look(data)
        except InputError as exc:
            raise _wrong(pointer, f"cannot be used: {exc.message}") from exc

    async def _painted(self, mask: bytes, first: Look) -> bytes:
        look = await self._look(mask, "/mask")
        if (look.width, look.height) != (first.width, first.height):
            text = f"has {look.width} × {look.height} pixels, and the picture {first.width} × {first.height}"
            raise _wrong("/mask", f"{text}; they must be the same")
        try:
            return await self._masks.painted(mask)
        except InputError as exc:
            raise _wrong("/mask", f"cannot be used: {exc.message}") from exc

    async def _kept(self, tenant: str, data: bytes, mime_type: MimeType, now: datetime) -> str:
        digest = await asyncio.to_thread(lambda: sha256(data).hexdigest())
        upload_id = job_id(tenant, "picture", digest)
        token = f"{digest[:12]}-{now:%Y%m%d%H}"
        await self._images.put(
            upload_name(tenant, upload_id), data, mime_type, token=token, metadata={"sha256": digest}
        )  # fmt: skip
        return upload_id


def _wrong(pointer: str, text: str) -> Rejected:
    return Rejected(400, "invalid_request", f"{pointer} {text}.", errors=((pointer, text),))
