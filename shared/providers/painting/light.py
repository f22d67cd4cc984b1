"""What lies on a picture as a whole: gradients, glow, stars, grain, the darker rim."""

import random
from functools import lru_cache

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from shared.providers.painting.palette import Palette, Rgb, mix

GRAIN = 3  # levels of 255, either way


def gradient(size: tuple[int, int], stops: list[tuple[float, Rgb]]) -> Image.Image:
    """A vertical run of colours; `stops` are (0 to 1, colour) from the top down."""
    column = Image.new("RGB", (1, 256))
    column.putdata([_at(stops, y / 255) for y in range(256)])
    # Down first, then across: the second step copies, where one step would reckon every pixel.
    return column.resize((1, size[1]), Image.Resampling.BILINEAR).resize(size, Image.Resampling.NEAREST)


def _at(stops: list[tuple[float, Rgb]], where: float) -> Rgb:
    above = stops[0]
    for stop in stops:
        if stop[0] >= where:
            share = (where - above[0]) / ((stop[0] - above[0]) or 1)
            return mix(above[1], stop[1], share)
        above = stop
    return stops[-1][1]


def sky(size: tuple[int, int], palette: Palette, horizon: float) -> Image.Image:
    """The empty sky, brightest at `horizon` (0 to 1 of the height)."""
    stops = [
        (0.0, palette.zenith),
        (horizon * 0.55, palette.middle),
        (horizon, palette.horizon),
        (1.0, palette.horizon),
    ]
    return gradient(size, stops)


def disc(canvas: Image.Image, centre: tuple[float, float], radius: float, colour: Rgb, strength: float = 1.0) -> None:
    """A disc with a smooth rim, in place; `strength` 0 to 1 is how much it covers."""
    edge = max(2, round(radius * 2) + 2)
    mask = Image.new("L", (edge * 4, edge * 4))
    ImageDraw.Draw(mask).ellipse((4, 4, edge * 4 - 5, edge * 4 - 5), fill=round(255 * strength))
    mask = mask.reduce(4)
    canvas.paste(colour, (round(centre[0] - edge / 2), round(centre[1] - edge / 2)), mask)


def glow(canvas: Image.Image, centre: tuple[float, float], radius: float, colour: Rgb, strength: float) -> None:
    """Light that falls off from a centre, in place."""
    edge = max(2, round(radius * 2))
    mask = ImageChops.invert(_radial()).point([round((v / 255) ** 2.2 * 255 * strength) for v in range(256)])
    box = (round(centre[0] - edge / 2), round(centre[1] - edge / 2))
    canvas.paste(colour, box, mask.resize((edge, edge), Image.Resampling.BILINEAR))


@lru_cache(1)
def _radial() -> Image.Image:
    # Pillow's radial gradient reaches 255 at the corners only; a light must be gone at the nearer edges.
    return Image.radial_gradient("L").point([min(255, round(v * 1.42)) for v in range(256)])


def stars(canvas: Image.Image, chance: random.Random, until: float) -> None:
    """A few hundred stars above `until` (0 to 1 of the height), thinner towards it, in place."""
    width, height = canvas.size
    draw = ImageDraw.Draw(canvas)
    for _ in range(round(width * height / 5200)):
        x, y = chance.random() * width, chance.random() ** 1.6 * until * height
        bright = chance.random() ** 3
        under = canvas.getpixel((min(width - 1, int(x)), min(height - 1, int(y))))
        colour = mix(under, (255, 250, 235), 0.25 + 0.65 * bright)  # type: ignore[arg-type]
        r = 0.4 + 0.9 * bright * min(width, height) / 1024
        draw.ellipse((x - r, y - r, x + r, y + r), fill=colour)


def clouds(canvas: Image.Image, chance: random.Random, colour: Rgb, horizon: float) -> None:
    """Long thin veils of cloud over the lower sky, in place."""
    mask = Image.new("L", (128, 128))
    draw = ImageDraw.Draw(mask)
    for _ in range(chance.randint(5, 9)):
        y, x = (0.25 + 0.6 * chance.random()) * horizon * 128, chance.random() * 128
        long, thick = 14 + 34 * chance.random(), 0.6 + 1.7 * chance.random()
        for part in range(3):
            shift = (part - 1) * long * 0.5
            draw.ellipse((x + shift - long / 2, y + part - thick, x + shift + long / 2, y + part + thick), fill=105)
    soft = mask.filter(ImageFilter.GaussianBlur(1.6)).resize(canvas.size, Image.Resampling.BILINEAR)
    canvas.paste(colour, (0, 0), soft)


def finish(canvas: Image.Image) -> Image.Image:
    """The picture with a rim a little darker and with fine grain, which also hides the steps of the gradients."""
    rim, grain = _film(canvas.size)
    canvas = ImageChops.multiply(canvas, Image.merge("RGB", (rim, rim, rim)))
    return ImageChops.add(canvas, Image.merge("RGB", (grain, grain, grain)), 1, -GRAIN)


@lru_cache(2)
def _film(size: tuple[int, int]) -> tuple[Image.Image, Image.Image]:
    rim = _radial().point([255 - round((v / 255) ** 3 * 46) for v in range(256)])
    # Its middle alone: the corners would be too dark.
    rim = rim.resize(size, Image.Resampling.BILINEAR, box=(33, 33, 223, 223))
    grain, tile = Image.new("L", size), _grain()
    for y in range(0, size[1], tile.height):
        for x in range(0, size[0], tile.width):
            grain.paste(tile, (x, y))
    return rim, grain


@lru_cache(1)
def _grain() -> Image.Image:
    noise = random.Random(7).randbytes(256 * 256)  # noqa: S311 - film grain
    return Image.frombytes("L", (256, 256), bytes(round(b / 255 * 2 * GRAIN) for b in noise))
