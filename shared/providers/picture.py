"""Bytes → a picture, checked to be one."""

from io import BytesIO

from shared.domain.errors import ProviderError
from shared.domain.inputs import MAX_PIXELS
from shared.ports import Picture

MIME_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}


def picture_of(data: bytes, *, seed: int | None = None, cost_micros: int | None = None) -> Picture:
    """The picture in `data`, whatever its sender called it; what is too large is not unpacked.

    Raises:
        ProviderError: it is none, or only a part of one (TEMPORARY), or too large; paid all the same.
    """
    from PIL import Image, UnidentifiedImageError

    bomb = Image.DecompressionBombError, Image.DecompressionBombWarning  # Pillow's own bound lies above ours
    try:
        with Image.open(BytesIO(data), formats=tuple(MIME_TYPES)) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise _too_large(f"{width} × {height}")
            image.load()
            mime_type = MIME_TYPES[image.format or ""]
    except bomb as exc:
        raise _too_large(str(exc)) from exc
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as exc:
        text = f"The provider sent {len(data)} bytes that are no whole image ({exc})."
        raise ProviderError("TEMPORARY", "not_an_image", text, billed="yes") from exc
    return Picture(data=data, mime_type=mime_type, width=width, height=height, seed=seed, cost_micros=cost_micros)


def _too_large(size: str) -> ProviderError:
    text = f"The provider sent an image of {size} pixels; at most {MAX_PIXELS} are taken."
    return ProviderError("PERMANENT", "image_too_large", text, billed="yes")
