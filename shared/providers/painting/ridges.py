"""Outlines of land, and the laying of one before the other."""

import itertools
import math
import random
from collections.abc import Sequence

from PIL import Image, ImageDraw

from shared.providers.painting.light import gradient
from shared.providers.painting.palette import Rgb

Outline = list[tuple[float, float]]  # x and y in pixels, from the left edge to the right
TIERS = 4  # of a fir
FINE = 3  # outlines are drawn this much larger and reduced: smooth edges


def layer(
    canvas: Image.Image,
    outline: Outline,
    run: tuple[Rgb, Rgb],
    deep: float = 1.0,
    trees: Sequence[Outline] = (),
) -> None:
    """Cover `trees` and all below `outline` with a run of two colours, the second reached at `deep`, in place."""
    width, height = canvas.size
    top, bottom = run
    highest = max(0, math.floor(min(y for points in (outline, *trees) for _, y in points)) - 1)
    lowest = min(height, math.ceil(max(y for _, y in outline)) + 1)
    if highest >= height:
        return
    fill = gradient((width, height - highest), [(0.0, top), (deep, bottom), (1.0, bottom)])
    strip = Image.new("L", (width * FINE, max(1, lowest - highest) * FINE))
    draw = ImageDraw.Draw(strip)
    ground = [*outline, (width + 1, highest + strip.height), (-1, highest + strip.height)]
    for points in (ground, *trees):
        draw.polygon([(x * FINE, (y - highest) * FINE) for x, y in points], fill=255)
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


def firs(chance: random.Random, outline: Outline, tall: float) -> list[Outline]:
    """Fir trees along a ridge, about `tall` pixels high, each an outline of its own, rooted below the ridge."""
    trees = []
    for (x0, y0), (x1, y1) in itertools.pairwise(outline):
        x = x0
        while x < x1:
            high = tall * chance.uniform(0.35, 1.0)
            half = high * chance.uniform(0.16, 0.21)
            trees.append(_fir(x, y0 + (y1 - y0) * (x - x0) / (x1 - x0), high, half))
            x += half * chance.uniform(0.9, 2.6)
    return trees


def _fir(x: float, y: float, high: float, half: float) -> Outline:
    left = [(x - half * 0.5, y + high * 0.12)]
    for k in range(TIERS):
        left.append((x - half * (1 - k / TIERS), y - high * k / TIERS))
        left.append((x - half * 0.55 * (1 - k / TIERS), y - high * (k + 0.6) / TIERS))
    right = [(2 * x - side, up) for side, up in reversed(left)]
    return [*left, (x, y - high), *right]
