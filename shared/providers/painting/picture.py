"""A picture put together: sky, light, land, grain, type; and its encoding."""

import hashlib
import io
import random

from PIL import Image

from shared.providers.painting.lands import LANDS, Scene
from shared.providers.painting.lettering import inscribe
from shared.providers.painting.light import clouds, disc, finish, glow, sky, stars
from shared.providers.painting.palette import mix, mood

CANVAS = 1536  # pixels of the longer edge at most: larger pictures are painted so, enlarged, and then lettered
SMALL = 64  # and smaller ones so, reduced: a ridge needs some pixels


def compose(prompt: str, width: int, height: int, seed: int | None) -> Image.Image:
    """The finished picture, RGB."""
    digest = hashlib.sha256(f"{seed}\0{prompt}".encode("utf-8", "surrogatepass")).digest()
    chance = random.Random(int.from_bytes(digest, "big"))  # noqa: S311 - a hash's picture, no secret
    shrink = min(1.0, CANVAS / max(width, height))
    canvas = _view(prompt, (max(SMALL, round(width * shrink)), max(SMALL, round(height * shrink))), chance)
    if canvas.size != (width, height):
        canvas = canvas.resize((width, height), Image.Resampling.BICUBIC)
    canvas = finish(canvas)
    inscribe(canvas, prompt)
    return canvas


def _view(prompt: str, size: tuple[int, int], chance: random.Random) -> Image.Image:
    land, palette = mood(prompt, chance)
    horizon = chance.uniform(0.5, 0.6)
    x = chance.choice([0.3, 0.36, 0.64, 0.7]) * size[0]
    y = (horizon - chance.uniform(0.12, 0.26)) * size[1]
    radius = min(size) * chance.uniform(0.045, 0.08)
    canvas = sky(size, palette, horizon)
    if palette.night:
        stars(canvas, chance, horizon)
    glow(canvas, (x, y), radius * 9, palette.sun, 0.42 if palette.night else 0.7)
    clouds(canvas, chance, mix(palette.horizon, palette.sun, 0.4), horizon)
    disc(canvas, (x, y), radius, palette.sun, 0.96)
    LANDS[land](canvas, Scene(palette, chance, horizon, (x, y, radius)))
    glow(canvas, (x, y), radius * 7, palette.sun, 0.16)  # light spills over the land
    return canvas


def encode(picture: Image.Image, form: str, quality: int | None = None) -> bytes:
    """The picture as PNG, JPEG or WEBP; `quality` 0 to 100, for the latter two."""
    file = io.BytesIO()
    if form == "PNG":
        picture.save(file, "PNG", compress_level=2)
    elif form == "JPEG":
        picture.save(file, "JPEG", quality=88 if quality is None else quality)
    else:
        picture.save(file, "WEBP", quality=85 if quality is None else quality, method=1)
    return file.getvalue()
