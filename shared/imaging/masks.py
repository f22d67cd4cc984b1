"""Masks by Pillow, which is imported when the first one comes: transparent where to paint → white where to paint."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import TYPE_CHECKING, TypeVar, get_args

from shared.domain.errors import InputError
from shared.domain.inputs import MAX_PIXELS
from shared.domain.request import MimeType
from shared.ports.masks import Look

if TYPE_CHECKING:
    from PIL import Image

T = TypeVar("T")
THREADS = 2  # a mask of 80 million pixels is 320 MB when it is unpacked
WHITE = 255


class PillowMasks:
    """A Masks port."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="masks")

    async def look(self, data: bytes) -> Look:
        """See Masks.look."""
        return await self._opened(data, _look)

    async def painted(self, data: bytes) -> bytes:
        """See Masks.painted."""
        return await self._opened(data, _painted)

    async def _opened(self, data: bytes, use: "Callable[[Image.Image], T]") -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, _with, data, use)


def _with(data: bytes, use: "Callable[[Image.Image], T]") -> T:
    from PIL import Image, UnidentifiedImageError

    from shared.imaging.encoding import FORMATS

    try:
        with Image.open(BytesIO(data), formats=tuple(FORMATS.values())) as image:
            if image.width * image.height > MAX_PIXELS:
                raise _too_large()
            return use(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as exc:
        raise _too_large() from exc
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as exc:
        text = f"its {len(data)} bytes are no whole PNG, JPEG or WebP"
        raise InputError("PERMANENT", "input_not_an_image", text) from exc


def _look(image: "Image.Image") -> Look:
    from shared.imaging.encoding import FORMATS
    from shared.imaging.shapes import shown_size

    types: dict[str, MimeType] = {FORMATS[known]: known for known in get_args(MimeType)}
    # Of those that are opened, only a JPEG may have another name: a camera's, with more pictures behind the first.
    return Look(types.get(image.format or "", "image/jpeg"), *shown_size(image))


def _painted(image: "Image.Image") -> bytes:
    from shared.imaging.encoding import encoded

    if not image.has_transparency_data:
        raise InputError("PERMANENT", "mask_without_alpha", "it has no transparency, which is what says where to paint")
    alpha = image.convert("RGBA").getchannel("A")
    return encoded(alpha.point(lambda value: 0 if value else WHITE), "image/png")


def _too_large() -> InputError:
    return InputError("PERMANENT", "input_too_large", f"it has more than {MAX_PIXELS} pixels")
