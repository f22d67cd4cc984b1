"""Bytes → a picture, checked to be one, and a whole one.

To unpack a picture takes fifteen times as long as all else that is done with its bytes. So it is done only where there
is no cheaper proof, or where nobody who can be trusted has packed it: a PNG brings checksums of all it holds, and a
JPEG can be unpacked at an eighth of its size.
"""

from io import BytesIO
from typing import TYPE_CHECKING

from shared.domain.errors import ProviderError
from shared.domain.inputs import MAX_PIXELS
from shared.ports import Picture

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

MIME_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
SEVERAL = "MPO"  # what Pillow calls a JPEG behind whose picture a camera has put more of them


def picture_of(
    data: bytes, *, seed: int | None = None, cost_micros: int | None = None, unpacked: bool = False
) -> Picture:
    """The picture in `data`, whatever its sender called it; what is too large is not unpacked.

    With `unpacked` every pixel of it has been seen: of a picture that anybody may have made up.

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
            _check_whole(image, unpacked=unpacked)
            mime_type = MIME_TYPES["JPEG" if image.format == SEVERAL else image.format or ""]
    except bomb as exc:
        raise _too_large(str(exc)) from exc
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as exc:
        text = f"The provider sent {len(data)} bytes that are no whole image ({exc})."
        raise ProviderError("TEMPORARY", "not_an_image", text, billed="yes") from exc
    return Picture(data=data, mime_type=mime_type, width=width, height=height, seed=seed, cost_micros=cost_micros)


def _check_whole(image: "ImageFile", *, unpacked: bool) -> None:
    if image.format == "PNG" and not unpacked:
        image.verify()
        return
    if not unpacked:
        image.draft(None, (1, 1))  # as small as the format can be unpacked, which only JPEG can
    image.load()


def _too_large(size: str) -> ProviderError:
    text = f"The provider sent an image of {size} pixels; at most {MAX_PIXELS} are taken."
    return ProviderError("PERMANENT", "image_too_large", text, billed="yes")
