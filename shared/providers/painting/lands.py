"""The lands: ridges behind ridges, paler with distance, and what stands on them."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image, ImageDraw

from shared.providers.painting.light import disc, glow
from shared.providers.painting.palette import Palette, Rgb, mix
from shared.providers.painting.ridges import Outline, firs, layer, rough, smooth

DAYLIGHT = 420  # red, green and blue of the sky together: from here on no window is lit


@dataclass(frozen=True)
class Scene:
    """What every land is given."""

    palette: Palette
    chance: random.Random
    horizon: float  # 0 to 1 of the height
    sun: tuple[float, float, float]  # x, y and radius in pixels


def _depths(palette: Palette, count: int) -> list[tuple[Rgb, Rgb]]:
    """For each layer, far to near, the colour of its edge and of its foot, where mist lies."""
    far = mix(palette.horizon, palette.middle, 0.65)
    shares = [((i + 1) / count) ** 1.25 for i in range(count)]
    edges = [mix(far, palette.near, share) for share in shares]
    return [
        (edge, mix(edge, palette.horizon, 0.55 * (1 - share) + 0.06)) for edge, share in zip(edges, shares, strict=True)
    ]


def mountains(canvas: Image.Image, scene: Scene) -> None:
    """Five ridges, the nearest wooded."""
    palette, chance, horizon = scene.palette, scene.chance, scene.horizon
    height = canvas.height
    for i, (edge, foot) in enumerate(_depths(palette, 5)):
        base = horizon + 0.02 + (1 - horizon) * 0.2 * i
        outline = rough(chance, canvas.size, base, 0.26 - 0.03 * i, 0.5 - 0.015 * i)
        wooded = i >= 3  # noqa: PLR2004 - the two nearest
        trees = firs(chance, outline[::4], height * (0.022 + 0.024 * (i - 3))) if wooded else ()
        layer(canvas, outline, (edge, foot), trees=trees)


def forest(canvas: Image.Image, scene: Scene) -> None:
    """Hills of firs, the nearest tall."""
    palette, chance, horizon = scene.palette, scene.chance, scene.horizon
    for i, (edge, foot) in enumerate(_depths(palette, 5)):
        hill = smooth(chance, canvas.size, horizon + 0.03 + (1 - horizon) * 0.19 * i, 0.12)
        trees = firs(chance, hill[::4], canvas.height * (0.03 + 0.032 * i))
        layer(canvas, hill, (edge, foot), trees=trees)


def dunes(canvas: Image.Image, scene: Scene) -> None:
    """Soft hills, each lit along its crest."""
    palette, chance, horizon = scene.palette, scene.chance, scene.horizon
    warm = mix(palette.near, palette.sun, 0.55)
    for i in range(6):
        share = (i + 1) / 6
        crest = mix(mix(palette.horizon, palette.middle, 0.35), warm, share**0.7)
        outline = smooth(chance, canvas.size, horizon + 0.05 + (1 - horizon) * 0.17 * i, 0.16 + 0.03 * i)
        layer(canvas, outline, (crest, mix(crest, palette.near, 0.2 + 0.6 * share)), 0.45)


def sea(canvas: Image.Image, scene: Scene) -> None:
    """Water to the horizon with the sun's path on it, a far coast and a near headland."""
    palette, chance, horizon = scene.palette, scene.chance, scene.horizon
    width, height = canvas.size
    coast = [(x, y) for x, y in rough(chance, canvas.size, horizon, 0.09, 0.5)]
    side = chance.random() < 0.5  # noqa: PLR2004 - the coast on the left or the right
    tapered = [
        (x, horizon * height - (horizon * height - y) * max(0.0, ((width - x) if side else x) / width - 0.25))
        for x, y in coast
    ]
    layer(canvas, tapered, (mix(palette.horizon, palette.middle, 0.8), palette.horizon))
    water = mix(palette.zenith, palette.near, 0.35)
    level: Outline = [(0, horizon * height), (width, horizon * height)]
    layer(canvas, level, (mix(palette.horizon, palette.middle, 0.75), water))
    _path_of_light(canvas, scene)
    head = rough(chance, canvas.size, 1.02, 0.2, 0.47)
    ramp = [
        (x, height * 1.02 - (height * 1.02 - y) * (0.15 + 0.85 * ((x / width) if side else 1 - x / width) ** 1.5))
        for x, y in head
    ]
    layer(canvas, ramp, (palette.near, mix(palette.near, (0, 0, 0), 0.3)))


def _path_of_light(canvas: Image.Image, scene: Scene) -> None:
    palette, chance, horizon = scene.palette, scene.chance, scene.horizon
    width, height = canvas.size
    middle = scene.sun[0]
    mask = Image.new("L", canvas.size)
    draw = ImageDraw.Draw(mask)
    for _ in range(420):
        near = chance.random() ** 1.3 * 0.78  # none under the words
        y = (horizon + 0.004 + (1 - horizon) * near) * height
        spread = width * (0.02 + 0.13 * near)
        x = middle + chance.gauss(0, 1) * spread
        long = width * (0.006 + 0.035 * near) * chance.uniform(0.5, 1.6)
        thick = max(1, round(height * (0.0008 + 0.003 * near)))
        draw.line((x - long, y, x + long, y), fill=round(70 + 120 * chance.random() * (1 - 0.6 * near)), width=thick)
    canvas.paste(palette.sun, (0, 0), mask)


def city(canvas: Image.Image, scene: Scene) -> None:
    """Rows of towers; windows in the nearer ones."""
    palette, chance, horizon = scene.palette, scene.chance, scene.horizon
    width, height = canvas.size
    for i, (edge, foot) in enumerate(_depths(palette, 4)):
        base, x, outline = horizon + 0.06 + 0.09 * i, -0.02, []
        blocks = []
        while x < 1:
            wide = chance.uniform(0.025, 0.07) * (1 + 0.35 * i) * (height / width) ** 0.5
            top = base - chance.random() ** 1.8 * (0.42 - 0.05 * i) - 0.03
            if chance.random() < 0.12:  # noqa: PLR2004 - one in eight carries a mast
                mast = (x + wide / 2) * width
                outline += [
                    (x * width, top * height),
                    (mast - 1, top * height),
                    (mast, (top - 0.06) * height),
                    (mast + 1, top * height),
                ]
            else:
                outline.append((x * width, top * height))
            outline.append(((x + wide) * width, top * height))
            blocks.append((x, top, wide))
            x += wide
        layer(canvas, outline, (edge, foot))
        if i >= 2:  # noqa: PLR2004 - the two nearest
            lit = (
                mix(palette.sun, palette.horizon, 0.25)
                if sum(palette.middle) < DAYLIGHT
                else mix(edge, palette.near, 0.6)
            )
            _windows(canvas, blocks, lit, chance)


def _windows(canvas: Image.Image, blocks: list[tuple[float, float, float]], lit: Rgb, chance: random.Random) -> None:
    width, height = canvas.size
    draw = ImageDraw.Draw(canvas)
    pitch = max(5, round(min(width, height) * 0.013))
    for x, top, wide in blocks:
        share = chance.random() ** 2 * 0.5
        columns = int((wide * width - pitch) // pitch)
        start = x * width + (wide * width - columns * pitch) / 2
        for row in range(min(60, int((0.86 - top) * height // (pitch * 1.4)))):
            y = (top * height) + pitch * (1 + row * 1.4)
            for column in range(columns):
                if chance.random() < share:
                    left = start + column * pitch
                    draw.rectangle((left, y, left + pitch * 0.5, y + pitch * 0.6), fill=lit)


def orbs(canvas: Image.Image, scene: Scene) -> None:
    """Soft spheres and their light over still hills."""
    palette, chance, horizon = scene.palette, scene.chance, scene.horizon
    width, height = canvas.size
    unit = min(width, height)
    for _ in range(6):
        radius = unit * chance.uniform(0.05, 0.2)
        centre = chance.uniform(0.08, 0.92) * width, chance.uniform(0.1, horizon) * height
        colour = mix(palette.middle, chance.choice([palette.sun, palette.near, palette.zenith, palette.horizon]), 0.7)
        glow(canvas, centre, radius * 2.6, palette.sun, 0.16)
        disc(canvas, centre, radius, colour, 0.9)
        glow(canvas, (centre[0] - radius * 0.3, centre[1] - radius * 0.35), radius * 0.7, palette.sun, 0.55)
    for i, (edge, foot) in enumerate(_depths(palette, 3)):
        layer(canvas, smooth(chance, canvas.size, horizon + 0.12 + 0.14 * i, 0.14), (edge, foot))


LANDS: dict[str, Callable[[Image.Image, Scene], None]] = {
    "mountains": mountains, "sea": sea, "dunes": dunes, "forest": forest, "city": city, "orbs": orbs,
}  # fmt: skip
