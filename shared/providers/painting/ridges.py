"""Outlines of land, and the laying of one before the other."""

import itertools
import math
import random

from PIL import Image, ImageDraw

from shared.providers.painting.light import gradient
from shared.providers.painting.palette import Rgb

Outline = list[tuple[float, float]]  # x and y in pixels, from the left edge to the right
FINE = 3  # outlines are drawn this much larger and reduced: smooth edges


def layer(canvas: Image.Image, outline: Outline, top: Rgb, bottom: Rgb, deep: float = 1.0) -> None:
    """Cover all below `outline` with a run from `top` to `bottom`, reached at `deep` of the height, in place."""
    width, height = canvas.size
    highest = max(0, math.floor(min(y for _, y in outline)) - 1)
    lowest = min(height, math.ceil(max(y for _, y in outline)) + 1)
    if highest >= height:
        return
    fill = gradient((width, height - highest), [(0.0, top), (deep, bottom), (1.0, bottom)])
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
        between = [(a + b) / 2 + chance.uniform(-step, step) for a, b in itertools.pairwise(heights)]
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
    for (x0, y0), (x1, y1) in itertools.pairwise(outline):
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
