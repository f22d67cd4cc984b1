"""The prompt as it is set on the picture: its size, its lines, the shade behind it."""

import math
from bisect import bisect_right

from PIL import Image, ImageDraw, ImageFont

from shared.providers.painting.legible import legible
from shared.providers.painting.palette import mix

LINES = 4  # at most; the rest is an ellipsis
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
READ = 1200  # characters of the prompt: more than four lines ever hold


def inscribe(canvas: Image.Image, prompt: str) -> None:
    """Set the prompt at the foot of the picture, on a shade that keeps it readable, in place."""
    width, height = canvas.size
    text = legible(prompt[:READ])
    if not text or min(width, height) < 64:  # noqa: PLR2004 - too small for any letter
        return
    margin = round(min(width, height) * 0.06)
    size, lines = _fitted(text, width - 2 * margin, min(width, height))
    font = ImageFont.load_default(size)
    leading = round(size * 1.32)
    block = leading * len(lines)
    _shade(canvas, round(block + margin * 3.4))
    soft, sharp = Image.new("L", canvas.size), ImageDraw.Draw(canvas)
    top = height - margin - block
    for number, line in enumerate(lines):
        ImageDraw.Draw(soft).text((margin, top + number * leading), line, fill=120, font=font)
    canvas.paste((0, 0, 0), (0, max(1, round(size * 0.05))), soft)
    for number, line in enumerate(lines):
        sharp.text((margin, top + number * leading), line, fill=(255, 252, 244), font=font)


def _shade(canvas: Image.Image, high: int) -> None:
    high = min(high, canvas.height)
    column = Image.new("L", (1, 64))
    column.putdata([round(215 * min(1, y / 46) ** 1.4) for y in range(64)])
    mask = column.resize((canvas.width, high), Image.Resampling.BICUBIC)
    foot = canvas.crop((0, canvas.height - high // 2 - 1, canvas.width, canvas.height)).resize((1, 1)).getpixel((0, 0))
    canvas.paste(mix(foot, (4, 4, 12), 0.62), (0, canvas.height - high), mask)  # type: ignore[arg-type]  # it is RGB


def _fitted(text: str, room: int, unit: int) -> tuple[int, list[str]]:
    """The largest type size in which the text fits, and its lines."""
    sizes = [max(9, round(unit * share)) for share in (0.052, 0.045, 0.039, 0.034)]
    most = (2, 3, LINES, LINES)
    for size, limit in zip(sizes, most, strict=True):
        font = ImageFont.load_default(size)
        lines = _wrapped(text, room, font)
        if len(lines) <= limit:
            return size, _balanced(text, room, font, lines)
    last = lines[LINES - 1] + " " + lines[LINES]
    ends = [last[:n].rstrip(" ,.;:") + "…" for n in range(len(last))]
    fits = bisect_right(ends, room, key=lambda end: math.ceil(font.getlength(end)))
    return sizes[-1], [*lines[: LINES - 1], ends[max(0, fits - 1)]]


def _balanced(text: str, room: int, font: Font, lines: list[str]) -> list[str]:
    """The same number of lines, as even as they get: no last line of one word."""
    for share in (0.55, 0.65, 0.75, 0.85) if len(lines) > 1 else ():
        even = _wrapped(text, round(room * share), font)
        if len(even) == len(lines):
            return even
    return lines


def _wrapped(text: str, room: int, font: Font) -> list[str]:
    """The text in lines no wider than `room` pixels; ends early, past what can be shown."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if font.getlength(longer) <= room:
            line = longer
            continue
        if line:
            lines.append(line)
        line = word
        while font.getlength(line) > room and len(lines) <= LINES:  # a word longer than a line is cut
            cuts = [line[:n] for n in range(1, len(line) + 1)]
            fits = max(1, bisect_right(cuts, room, key=lambda cut: math.ceil(font.getlength(cut))))
            lines.append(line[:fits])
            line = line[fits:]
        if len(lines) > LINES:
            break
    return [*lines, line] if line else lines
