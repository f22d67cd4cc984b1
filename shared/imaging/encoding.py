"""A plain picture → the bytes of a file, and how much one was compressed."""

from functools import cache
from io import BytesIO
from typing import Any

from PIL import Image, JpegImagePlugin

from shared.domain.request import MimeType
from shared.imaging.colours import on_white

USUAL_QUALITY = 90  # of what is compressed with loss where the job does not say
FORMATS: dict[str, str] = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}


def encoded(image: Image.Image, mime_type: MimeType, quality: int | None = None, **options: Any) -> bytes:
    """The picture as a file; a JPEG on white, without what would show through. `quality` is 0 to 100, the best."""
    if mime_type == "image/jpeg":
        image = on_white(image)
    if mime_type != "image/png":
        options["quality"] = USUAL_QUALITY if quality is None else quality
    file = BytesIO()
    image.save(file, FORMATS[mime_type], icc_profile=image.info.get("icc_profile"), **options)
    return file.getvalue()


def is_compressed(image: Image.Image, quality: int) -> bool:
    """Whether a file just opened is compressed at least as strongly as `quality` says, as far as it tells.

    A JPEG tells by its quantization tables; the others do not, and are taken at their word.
    """
    if not isinstance(image, JpegImagePlugin.JpegImageFile):
        return True
    return sum(image.quantization[0]) >= _coarseness(quality)


@cache
def _coarseness(quality: int) -> int:
    with Image.open(BytesIO(encoded(Image.new("L", (8, 8)), "image/jpeg", quality))) as image:
        assert isinstance(image, JpegImagePlugin.JpegImageFile)  # noqa: S101 - for the type checker
        return sum(image.quantization[0])
