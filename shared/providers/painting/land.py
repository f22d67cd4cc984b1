"""The lands: ridges behind ridges, paler with distance, and what stands on them."""

import math
import random
from collections.abc import Callable

from PIL import Image, ImageDraw

from shared.providers.painting.light import disc, glow, gradient
from shared.providers.painting.palette import Palette, Rgb, mix

Outline = list[tuple[float, float]]  # x and y in pixels, from the left edge to the right
FINE = 3  # outlines are drawn this much larger and reduced: smooth edges


def layer(canvas: Image.Image, outline: Outline, top: Rgb, bottom: Rgb) -> None:
    """Cover all below `outline` with a run from `top` to `bottom`, in place."""
    width, height = canvas.size
    highest = max(0, math.floor(min(y for _, y in outline)) - 1)
    lowest = min(height, math.ceil(max(y for _, y in outline)) + 1)
    if highest >= height:
        return
    fill = gradient((width, height - highest), [(0.0, top), (1.0, bottom)])
    strip = Image.new("L", (width * FINE, max(1, lowest - highest) * FINE))
    points = [(x * FINE, (y - highest) * FINE) for x, y in outline]
    ImageDraw.Draw(strip).polygon([*points, (width * FINE, strip.height), (0, strip.height)], fill=255)
    mask = Image.new("L", fill.size, 255)
    mask.paste(strip.reduce(FINE), (0, 0))
    canvas.paste(fill, (0, highest), mask)


def rough(chance: random.Random, size: tuple[int, int], base: float, rise: float, rough_by: float) -> Outline:
    """A jagged ridge about `base`, up to `rise` high (both 0 to 1 of the height), by midpoint displacement."""
    heights = [chance.uniform(-1, 1), chance.uniform(-1, 1)]
    step = 1.0
    while len(heights) < size[0] / 3:
        step *= rough_by
        between = [(a + b) / 2 + chance.uniform(-step, step) for a, b in zip(heights, heights[1:], strict=False)]
        heights = [h for pair in zip(heights, between, strict=False) for h in pair] + heights[-1:]
    low, high = min(heights), max(heights)
    scale = rise / ((high - low) or 1)
    last = len(heights) - 1
    return [(i * size[0] / last, (base - (h - low) * scale) * size[1]) for i, h in enumerate(heights)]


def smooth(chance: random.Random, size: tuple[int, int], base: float, rise: float) -> Outline:
    """A soft hill line: three waves on each other."""
    waves = [
        (chance.uniform(0.5, 1.1) * (k + 1) ** 1.2, chance.random() * math.tau, 1 / (k + 1) ** 1.7) for k in range(3)
    ]
    total = sum(part for _, _, part in waves)
    outline = []
    for i in range(161):
        x = i / 160
        h = sum(math.sin(x * often * math.tau * 0.8 + start) * part for often, start, part in waves) / total
        outline.append((x * size[0], (base - rise * (h + 1) / 2) * size[1]))
    return outline


def with_firs(chance: random.Random, outline: Outline, tall: float) -> Outline:
    """A ridge with fir trees on it, about `tall` pixels high."""
    treed: Outline = []
    for (x0, y0), (x1, y1) in zip(outline, outline[1:], strict=False):
        x = x0
        while x < x1:
            high = tall * chance.uniform(0.35, 1.0)
            half = high * chance.uniform(0.15, 0.2)
            y = y0 + (y1 - y0) * (x - x0) / (x1 - x0)
            tiers = 4
            for k in range(tiers):
                treed.append((x - half * (1 - k / tiers), y - high * k / tiers))
                treed.append((x - half * 0.55 * (1 - k / tiers), y - high * (k + 0.55) / tiers))
            treed.append((x, y - high))
            for k in reversed(range(tiers)):
                treed.append((x + half * 0.55 * (1 - k / tiers), y - high * (k + 0.55) / tiers))
                treed.append((x + half * (1 - k / tiers), y - high * k / tiers))
            x += half * chance.uniform(0.9, 2.6)
    return [(-1, treed[0][1]), *treed, (outline[-1][0] + 1, treed[-1][1])]


def _depths(palette: Palette, count: int) -> list[tuple[Rgb, Rgb]]:
    """For each layer, far to near, the colour of its edge and of its foot, where mist lies."""
    far = mix(palette.horizon, palette.middle, 0.65)
    shares = [((i + 1) / count) ** 1.25 for i in range(count)]
    edges = [mix(far, palette.near, share) for share in shares]
    return [
        (edge, mix(edge, palette.horizon, 0.55 * (1 - share) + 0.06)) for edge, share in zip(edges, shares, strict=True)
    ]


def mountains(canvas: Image.Image, palette: Palette, chance: random.Random, horizon: float) -> None:
    """Five ridges, the nearest wooded."""
    height = canvas.height
    for i, (edge, foot) in enumerate(_depths(palette, 5)):
        base = horizon + 0.02 + (1 - horizon) * 0.2 * i
        outline = rough(chance, canvas.size, base, 0.26 - 0.03 * i, 0.5 - 0.015 * i)
        if i >= 3:  # noqa: PLR2004 - the two nearest
            outline = with_firs(chance, outline[::4], height * (0.02 + 0.022 * (i - 3)))
        layer(canvas, outline, edge, foot)


def forest(canvas: Image.Image, palette: Palette, chance: random.Random, horizon: float) -> None:
    """Hills of firs, the nearest tall."""
    for i, (edge, foot) in enumerate(_depths(palette, 5)):
        hill = smooth(chance, canvas.size, horizon + 0.03 + (1 - horizon) * 0.19 * i, 0.12)
        layer(canvas, with_firs(chance, hill[::4], canvas.height * (0.03 + 0.032 * i)), edge, foot)


def dunes(canvas: Image.Image, palette: Palette, chance: random.Random, horizon: float) -> None:
    """Soft hills, each lit along its crest."""
    warm = mix(palette.near, palette.sun, 0.45)
    for i in range(6):
        share = (i + 1) / 6
        crest = mix(mix(palette.horizon, palette.middle, 0.3), warm, share)
        outline = smooth(chance, canvas.size, horizon + 0.05 + (1 - horizon) * 0.17 * i, 0.13 + 0.02 * i)
        layer(canvas, outline, crest, mix(crest, palette.near, 0.35 + 0.5 * share))


def sea(canvas: Image.Image, palette: Palette, chance: random.Random, horizon: float) -> None:
    """Water to the horizon with the sun's path on it, a far coast and a near headland."""
    width, height = canvas.size
    coast = [(x, y) for x, y in rough(chance, canvas.size, horizon, 0.09, 0.5)]
    side = chance.random() < 0.5  # noqa: PLR2004 - the coast on the left or the right
    tapered = [
        (x, horizon * height - (horizon * height - y) * max(0.0, ((width - x) if side else x) / width - 0.25))
        for x, y in coast
    ]
    layer(canvas, tapered, mix(palette.horizon, palette.middle, 0.8), palette.horizon)
    water = mix(palette.zenith, palette.near, 0.35)
    layer(canvas, [(0, horizon * height), (width, horizon * height)], mix(palette.horizon, palette.middle, 0.75), water)
    _path_of_light(canvas, palette, chance, horizon)
    head = rough(chance, canvas.size, 1.02, 0.2, 0.47)
    ramp = [
        (x, height * 1.02 - (height * 1.02 - y) * (0.15 + 0.85 * ((x / width) if side else 1 - x / width) ** 1.5))
        for x, y in head
    ]
    layer(canvas, ramp, palette.near, mix(palette.near, (0, 0, 0), 0.3))


def _path_of_light(canvas: Image.Image, palette: Palette, chance: random.Random, horizon: float) -> None:
    width, height = canvas.size
    middle = sun_place(canvas.size, random.Random(chance.getstate()[1][0]), horizon)[0]  # noqa: S311
    mask = Image.new("L", canvas.size)
    draw = ImageDraw.Draw(mask)
    for _ in range(420):
        near = chance.random() ** 1.3
        y = (horizon + 0.004 + (1 - horizon) * near) * height
        spread = width * (0.02 + 0.13 * near)
        x = middle + chance.gauss(0, 1) * spread
        long = width * (0.006 + 0.035 * near) * chance.uniform(0.5, 1.6)
        thick = max(1, round(height * (0.0008 + 0.003 * near)))
        draw.line((x - long, y, x + long, y), fill=round(70 + 120 * chance.random() * (1 - 0.6 * near)), width=thick)
    canvas.paste(palette.sun, (0, 0), mask)


def city(canvas: Image.Image, palette: Palette, chance: random.Random, horizon: float) -> None:
    """Rows of towers; windows in the nearer ones."""
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
        layer(canvas, outline, edge, foot)
        if i >= 2:  # noqa: PLR2004 - the two nearest
            _windows(canvas, blocks, mix(palette.sun, palette.horizon, 0.25), chance)


def _windows(canvas: Image.Image, blocks: list[tuple[float, float, float]], lit: Rgb, chance: random.Random) -> None:
    width, height = canvas.size
    draw = ImageDraw.Draw(canvas)
    pitch = max(5, round(min(width, height) * 0.013))
    for x, top, wide in blocks:
        share = chance.random() ** 2 * 0.5
        columns = int((wide * width - pitch) // pitch)
        start = x * width + (wide * width - columns * pitch) / 2
        for row in range(min(60, int((1 - top) * height // (pitch * 1.4)))):
            y = (top * height) + pitch * (1 + row * 1.4)
            for column in range(columns):
                if chance.random() < share:
                    left = start + column * pitch
                    draw.rectangle((left, y, left + pitch * 0.5, y + pitch * 0.6), fill=lit)


def orbs(canvas: Image.Image, palette: Palette, chance: random.Random, horizon: float) -> None:
    """Soft spheres and their light over still hills."""
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
        layer(canvas, smooth(chance, canvas.size, horizon + 0.12 + 0.14 * i, 0.14), edge, foot)


def sun_place(size: tuple[int, int], chance: random.Random, horizon: float) -> tuple[float, float, float]:
    """Centre and radius in pixels of the sun, low over the horizon and off the middle."""
    x = chance.choice([0.3, 0.36, 0.64, 0.7])
    return x * size[0], (horizon - chance.uniform(0.12, 0.26)) * size[1], min(size) * chance.uniform(0.045, 0.08)


LANDS: dict[str, Callable[[Image.Image, Palette, random.Random, float], None]] = {
    "mountains": mountains, "sea": sea, "dunes": dunes, "forest": forest, "city": city, "orbs": orbs,
}  # fmt: skip
