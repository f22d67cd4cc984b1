"""Bytes → a picture, checked to be one."""

from io import BytesIO

from shared.domain.errors import ProviderError
from shared.ports import Picture

MIME_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}


def picture_of(data: bytes, *, seed: int | None = None, cost_micros: int | None = None) -> Picture:
    """The picture in `data`, whatever its sender called it.

    Raises:
        ProviderError: it is none, or only a part of one; TEMPORARY, and paid all the same.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(BytesIO(data), formats=tuple(MIME_TYPES)) as image:
            image.load()
            width, height = image.size
            mime_type = MIME_TYPES[image.format or ""]
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as exc:
        text = f"The provider sent {len(data)} bytes that are no whole image ({exc})."
        raise ProviderError("TEMPORARY", "not_an_image", text, billed="yes") from exc
    return Picture(data=data, mime_type=mime_type, width=width, height=height, seed=seed, cost_micros=cost_micros)
