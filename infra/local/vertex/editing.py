"""Pictures made out of given pictures: enlarged, painted over inside a mask, or painted from references."""

import io
import math

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps, ImageStat

from shared.providers.painting import FORMATS, paint

MOST_PIXELS = 17_000_000  # of an enlarged picture
THRESHOLD = 128  # of 255: from here on a mask's pixel is inside


def opened(data: bytes) -> Image.Image:
    """The picture in `data`, RGB and upright.

    Raises:
        ValueError: it is no picture that can be read.
    """
    try:
        with Image.open(io.BytesIO(data)) as picture:
            return ImageOps.exif_transpose(picture).convert("RGB")
    except (OSError, SyntaxError, Image.DecompressionBombError) as exc:
        raise ValueError("it cannot be read as a picture") from exc


def saved(picture: Image.Image, mime_type: str, quality: int) -> bytes:
    """The picture in its format."""
    file = io.BytesIO()
    options = {"quality": quality} if mime_type == "image/jpeg" else {"compress_level": 2}
    picture.save(file, FORMATS[mime_type], **options)
    return file.getvalue()


def ratio_of(data: bytes, ratios: dict[str, tuple[int, int]]) -> str:
    """The name of that of `ratios` which is nearest to the picture's.

    Raises:
        ValueError: it cannot be read.
    """
    picture = opened(data)
    own = math.log(picture.width / picture.height)
    return min(ratios, key=lambda name: abs(math.log(ratios[name][0] / ratios[name][1]) - own))


def enlarged(data: bytes, times: int, mime_type: str, quality: int) -> bytes:
    """The picture `times` as wide and high.

    Raises:
        ValueError: it cannot be read, or would have more than 17 megapixels.
    """
    picture = opened(data)
    width, height = picture.width * times, picture.height * times
    if width * height > MOST_PIXELS:
        raise ValueError(f"{width} × {height} pixels are more than 17 megapixels")
    return saved(picture.resize((width, height), Image.Resampling.LANCZOS), mime_type, quality)


def area(mode: str, size: tuple[int, int], mask: bytes | None, dilation: float) -> Image.Image:
    """Where to paint: 255 inside, 0 outside.

    There is no eye here that finds a foreground: it is taken to be the middle of the picture.

    Raises:
        ValueError: the mask cannot be read.
    """
    if mask is not None:
        inside = opened(mask).convert("L").resize(size, Image.Resampling.NEAREST)
        inside = inside.point([255 if level >= THRESHOLD else 0 for level in range(256)])
    else:
        inside = Image.new("L", size)
        box = (size[0] // 4, size[1] // 6, size[0] * 3 // 4, size[1] * 5 // 6)
        ImageDraw.Draw(inside).ellipse(box, fill=255)
        if mode == "MASK_MODE_BACKGROUND":
            inside = ImageChops.invert(inside)
    reach = round(dilation * size[0])
    return inside.filter(ImageFilter.MaxFilter(min(reach, 64) * 2 + 1)) if reach else inside


def repainted(  # noqa: PLR0917 - the pool hands them over so
    text: str,
    seed: int,
    raw: bytes,
    mask: bytes | None,
    how: dict[str, str | float],
    mime_type: str,
    quality: int,
) -> bytes:
    """The raw picture, painted anew inside the mask alone; `how` has `mask_mode`, `dilation` and `edit_mode`.

    Raises:
        ValueError: a picture cannot be read.
    """
    picture = opened(raw)
    inside = area(str(how["mask_mode"]), picture.size, mask, float(how["dilation"]))
    if how["edit_mode"] == "EDIT_MODE_INPAINT_REMOVAL":
        fresh = _surroundings(picture, inside)
    else:
        fresh = opened(paint(text, width=picture.width, height=picture.height, seed=seed))
    picture.paste(fresh, (0, 0), inside)
    return saved(picture, mime_type, quality)


def _surroundings(picture: Image.Image, inside: Image.Image) -> Image.Image:
    """What lies around the mask, spread into it: small, and blurred over and over with the rest held fast."""
    outside = ImageChops.invert(inside)
    around = ImageStat.Stat(picture, outside)
    mean = tuple(round(level) for level in around.mean) if around.count[0] else (128, 128, 128)
    filled = picture.copy()
    filled.paste(mean, (0, 0), inside)
    known, fixed = filled.copy(), outside.copy()
    known.thumbnail((96, 96))
    fixed = fixed.resize(known.size, Image.Resampling.NEAREST)
    spread = known.copy()
    for _ in range(96):
        spread = spread.filter(ImageFilter.BoxBlur(3))
        spread.paste(known, (0, 0), fixed)
    return spread.resize(picture.size, Image.Resampling.BICUBIC)


def derived(  # noqa: PLR0917 - likewise
    text: str,
    seed: int,
    references: list[bytes],
    size: tuple[int, int] | None,
    mime_type: str,
    quality: int,
) -> bytes:
    """A new picture for `text` through which the references show; `size` None: that of the first of them.

    Raises:
        ValueError: a picture cannot be read.
    """
    pictures = [opened(data) for data in references]
    width, height = size or pictures[0].size
    fresh = opened(paint(text, width=width, height=height, seed=seed))
    edge = max(1, min(width, height) // (3 if len(pictures) <= 2 else 7))  # noqa: PLR2004 - as many as fit in a row
    gap = edge // 6
    row = max(1, (width - gap) // (edge + gap))
    for number, picture in enumerate(pictures):  # hung up as framed prints
        small = ImageOps.expand(ImageOps.fit(picture, (edge, edge)), max(1, edge // 30), "white")
        fresh.paste(small, (gap + (edge + gap) * (number % row), gap + (edge + gap) * (number // row)))
    return saved(fresh, mime_type, quality)
