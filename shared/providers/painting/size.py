"""Pixels of a picture by its aspect ratio and size class."""

# At 1K, as Imagen answers them; Gemini's further ratios likewise near one megapixel. All divide by 16 (21:9 by 8).
RATIOS: dict[str, tuple[int, int]] = {
    "1:1": (1024, 1024),
    "2:3": (832, 1248),
    "3:2": (1248, 832),
    "3:4": (896, 1280),
    "4:3": (1280, 896),
    "4:5": (896, 1152),
    "5:4": (1152, 896),
    "9:16": (768, 1408),
    "16:9": (1408, 768),
    "21:9": (1536, 672),
}
_SCALE = {"512px": (1, 2), "512": (1, 2), "1K": (1, 1), "2K": (2, 1), "4K": (4, 1)}


def size_for(aspect_ratio: str, image_size: str = "1K") -> tuple[int, int]:
    """Width and height in pixels of a ratio such as `16:9` at `512px`, `1K`, `2K` or `4K`.

    Raises:
        ValueError: an unknown ratio or size; the text lists the known ones.
    """
    if aspect_ratio not in RATIOS:
        raise ValueError(f"aspect_ratio must be one of {', '.join(RATIOS)}, not {aspect_ratio}")
    if image_size not in _SCALE:
        raise ValueError(f"image_size must be one of {', '.join(_SCALE)}, not {image_size}")
    (width, height), (times, per) = RATIOS[aspect_ratio], _SCALE[image_size]
    return width * times // per, height * times // per
