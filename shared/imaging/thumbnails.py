"""A small picture of a picture, that a page of a hundred can show."""

from PIL import Image

from shared.domain.request import MimeType
from shared.imaging.colours import in_srgb, is_opaque
from shared.imaging.encoding import encoded
from shared.imaging.shapes import Size, brought_to, within

MAX_BYTES = 30_000
SIDES = (512, 448, 384, 320, 256, 192, 128, 96, 64, 32, 16)  # of the longest side, in pixels
QUALITIES = (82, 70, 55, 40)  # tried for each, before it is made smaller
HOPELESS = 3 * MAX_BYTES  # no lower quality of the same size helps then


def thumbnail(image: Image.Image) -> tuple[bytes, MimeType, Size]:
    """A plain picture as a progressive JPEG, or a WebP where something shows through; never larger than it is.

    Raises:
        ValueError: it does not fit, which no picture of 16 pixels a side does.
    """
    mime_type: MimeType = "image/jpeg" if is_opaque(image) else "image/webp"
    options = {"progressive": True, "optimize": True} if mime_type == "image/jpeg" else {"method": 2}
    for side in SIDES:
        size = within(image.size, (side, side)) if max(image.size) > side else image.size
        small = in_srgb(brought_to(image, size))
        for quality in QUALITIES:
            data = encoded(small, mime_type, quality, **options)
            if len(data) <= MAX_BYTES:
                return data, mime_type, size
            if len(data) > HOPELESS:
                break
    raise ValueError(f"no thumbnail of {image.width} × {image.height} has at most {MAX_BYTES} bytes")
