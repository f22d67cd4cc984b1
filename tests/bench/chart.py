"""The ratios as a picture: a bar each, its rounds as dots, its bound as a line."""

from collections.abc import Iterator, Mapping, Sequence
from xml.sax.saxutils import escape

from tests.bench.bounds import Verdict
from tests.bench.rows import Row
from tests.bench.table import ratio_text

FONT = 'font-family="system-ui, sans-serif" font-size="13"'
WIDTH, LEFT, RIGHT, LINE, TOP = 1200, 640, 170, 26, 56  # pixels
MOST = 4.0  # a bar that is longer ends at the edge: the number beside it says how long it is
LEGEND = (
    "bar: median · dots: rounds · dashed: alike · upright, and words at the right: bound · red: broken · "
    f"what is more than {MOST:g} ends there"
)
INK, MUTED, OURS, BROKEN = "#1f2328", "#656d76", "#2f6f8f", "#b3261e"


def chart(measured: Mapping[str, Sequence[Row]], verdicts: Mapping[tuple[str, str], Sequence[Verdict]]) -> str:
    """An SVG of every row that has a ratio."""
    rows = [(part, row) for part, each in measured.items() for row in each if row.ratio is not None]
    limits = [each.bound.limit for found in verdicts.values() for each in found if each.bound.measure == "ratio"]
    most = min(max([1.5, *limits, *(row.ratio or 0 for _, row in rows)]) * 1.05, MOST)
    height = TOP + LINE * len(rows) + 24
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" {FONT}>',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="16" y="24" fill="{INK}" font-size="16">Darkroom, as a ratio to what it is held against</text>',
        f'<text x="16" y="42" fill="{MUTED}">{LEGEND}</text>',
    ]
    for number, (part, row) in enumerate(rows):
        if number == 0 or rows[number - 1][0] != part:
            lines.append(f'<text x="16" y="{TOP + LINE * number + 17}" fill="{INK}" font-weight="bold">{part}</text>')
        lines += _bar(row, verdicts.get((part, row.name), ()), TOP + LINE * number, most)
    one, bottom = _x(1, most), TOP + LINE * len(rows)
    lines.append(f'<path d="M{one} {TOP}V{bottom}" stroke="{MUTED}" stroke-dasharray="3 3" fill="none"/>')
    return "\n".join([*lines, "</svg>", ""])


def _bar(row: Row, verdicts: Sequence[Verdict], top: int, most: float) -> Iterator[str]:
    middle, ratio = top + LINE / 2, row.ratio or 0
    colour = OURS if all(each.holds for each in verdicts) else BROKEN
    name = escape(row.name if row.against in row.name else f"{row.name} / {row.against}")
    yield f'<text x="{LEFT - 10}" y="{middle + 4}" fill="{INK}" text-anchor="end">{name}</text>'
    width = _x(min(ratio, most), most) - LEFT
    yield f'<rect x="{LEFT}" y="{top + 7}" width="{width:.1f}" height="{LINE - 14}" fill="{colour}"/>'
    for each in row.ratios:
        yield f'<circle cx="{_x(min(each, most), most):.1f}" cy="{middle}" r="2" fill="{INK}" fill-opacity="0.45"/>'
    for verdict in verdicts:
        if verdict.bound.measure == "ratio":
            x = _x(verdict.bound.limit, most)
            yield f'<path d="M{x:.1f} {top + 2}v{LINE - 4}" stroke="{INK}" stroke-width="2" fill="none"/>'
    number = f'<tspan fill="{colour}">{ratio_text(ratio)}</tspan>'
    limits = "".join(f" {each.bound}" for each in verdicts if each.bound.measure == "ratio")
    yield f'<text x="{WIDTH - RIGHT + 12}" y="{middle + 4}" fill="{MUTED}">{number}{escape(limits)}</text>'


def _x(ratio: float, most: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * ratio / most
