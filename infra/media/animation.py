"""A recording as an SVG that moves by itself: no script, font or file from elsewhere, so that any page may show it.

The frames lie side by side, and a strip of them is moved past a window of one frame's size, by jumps. A row that stands
in many frames is drawn once and named in each.
"""

from collections.abc import Iterable
from html import escape
from itertools import groupby

from infra.media.terminal import Cell, Frame, Row

WIDTH, HEIGHT, SIZE = 8.4, 18, 14  # of a cell, and of the letters, in pixels
MARGIN, BAR = 16, 36  # around the text, and the window's title bar
BACK, TEXT, EDGE = "#0d1117", "#e6edf3", "#30363d"
COLOURS = {
    "default": TEXT, "black": "#6e7681", "red": "#ff7b72", "green": "#56d364", "brown": "#e3b341", "blue": "#79c0ff",
    "magenta": "#d2a8ff", "cyan": "#56d4dd", "white": "#f0f6fc",
}  # fmt: skip
FONT = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace"
CELL = tuple[str, bool]  # how it is drawn: its colour, and whether it is bold


def svg(frames: list[Frame], title: str) -> str:
    """The recording, over and over; whoever wants nothing to move sees its end."""
    columns, lines = len(frames[0].rows[0]), len(frames[0].rows)
    across, down = columns * WIDTH + 2 * MARGIN, lines * HEIGHT + 2 * MARGIN + BAR
    names = {row: f"r{number}" for number, row in enumerate(dict.fromkeys(row for f in frames for row in f.rows))}
    rows = "".join(f'<g id="{name}">{_row(row)}</g>' for row, name in names.items() if _has_text(row))
    strip = "".join(_frame(frame, names, number * across) for number, frame in enumerate(frames))
    dots = "".join(
        f'<circle cx="{20 + 20 * place}" cy="18" r="6" fill="{fill}"/>'
        for place, fill in enumerate(("#ff5f57", "#febc2e", "#28c840"))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {across:g} {down:g}" width="{across:g}" '
        f'height="{down:g}" role="img" aria-label="{escape(title)}"><title>{escape(title)}</title>'
        f"<style>{_style(frames, across)}</style><defs>{rows}</defs>"
        f'<rect width="100%" height="100%" rx="8" fill="{BACK}" stroke="{EDGE}"/>{dots}'
        f'<svg x="{MARGIN}" y="{MARGIN + BAR - 8}" width="{columns * WIDTH:g}" height="{lines * HEIGHT + 4}">'
        f'<g class="strip">{strip}</g></svg></svg>\n'
    )


def _style(frames: list[Frame], across: float) -> str:
    whole = sum(frame.seconds for frame in frames)
    moves, at = [], 0.0
    for number, frame in enumerate(frames):
        moves.append(f"{100 * at / whole:.3f}%{{transform:translateX({-number * across:g}px)}}")
        at += frame.seconds
    last = f"transform:translateX({-(len(frames) - 1) * across:g}px)"
    return (
        f"text{{font:{SIZE}px {FONT};white-space:pre;fill:{TEXT}}}.b{{font-weight:700}}"
        f"@keyframes play{{{''.join(moves)}to{{{last}}}}}"
        f".strip{{animation:play {whole:.2f}s step-end infinite}}"
        f"@media (prefers-reduced-motion:reduce){{.strip{{animation:none;{last}}}}}"
    )


def _frame(frame: Frame, names: dict[Row, str], left: float) -> str:
    uses = "".join(
        f'<use href="#{names[row]}" y="{line * HEIGHT}"/>' for line, row in enumerate(frame.rows) if _has_text(row)
    )
    cursor = ""
    if frame.cursor:
        column, line = frame.cursor
        cursor = f'<rect x="{column * WIDTH:g}" y="{line * HEIGHT}" width="8" height="16" fill="{TEXT}" opacity=".6"/>'
    return f'<g transform="translate({left:g})">{cursor}{uses}</g>'


def _row(row: Row) -> str:
    """Its runs of one look; each is as wide as its cells, whatever the font."""
    parts, column = [], 0
    for (colour, bold), cells in groupby(row, key=_look):
        text = "".join(cell.text for cell in cells)
        if text.strip():
            start = column + len(text) - len(text.lstrip())
            shown = text.strip()
            bold_class = ' class="b"' if bold else ""
            style = "" if colour == TEXT else f' style="fill:{colour}"'
            parts.append(
                f'<text x="{start * WIDTH:g}" y="14" textLength="{len(shown) * WIDTH:g}"{bold_class}{style}>'
                f"{escape(shown)}</text>"
            )
        column += len(text)
    return "".join(parts)


def _look(cell: Cell) -> CELL:
    return COLOURS.get(cell.colour.removeprefix("bright"), f"#{cell.colour}"), cell.bold


def _has_text(row: Iterable[Cell]) -> bool:
    return any(cell.text.strip() for cell in row)
