"""A painter that needs no model: a landscape for a prompt, with the prompt set on it.

The same prompt, seed, size and format give the same bytes. Pillow is imported at the first picture.
"""

from shared.providers.painting.size import RATIOS, size_for

__all__ = ["FORMATS", "MAX_EDGE", "RATIOS", "paint", "size_for"]

FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}
MAX_EDGE = 8192  # pixels


def paint(
    prompt: str,
    *,
    width: int,
    height: int,
    seed: int | None = None,
    mime_type: str = "image/png",
    quality: int | None = None,
) -> bytes:
    """Paint `prompt` in `width` × `height` pixels; gives the encoded picture.

    `quality` is 0 to 100, for JPEG and WebP; PNG knows none.

    Raises:
        ValueError: a size, format or quality that cannot be painted; the text names it.
    """
    for name, edge in (("width", width), ("height", height)):
        if not 1 <= edge <= MAX_EDGE:
            raise ValueError(f"{name} must be 1 to {MAX_EDGE} pixels, not {edge}")
    if mime_type not in FORMATS:
        raise ValueError(f"mime_type must be one of {', '.join(FORMATS)}, not {mime_type}")
    if quality is not None and not 0 <= quality <= 100:  # noqa: PLR2004 - a percentage
        raise ValueError(f"quality must be 0 to 100, not {quality}")
    from shared.providers.painting.picture import compose, encode

    return encode(compose(prompt, width, height, seed), FORMATS[mime_type], quality)
