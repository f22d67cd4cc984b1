"""The one table, in words."""

from collections.abc import Iterable, Mapping, Sequence

from tests.bench.bounds import Verdict
from tests.bench.rows import Row

Verdicts = Mapping[tuple[str, str], Sequence[Verdict]]
SMALL = 0.05
HEAD = ("", "ours", "held against", "ratio", "bound", "")


def table(measured: Mapping[str, Sequence[Row]], verdicts: Verdicts) -> str:
    """Every row of every part, the bounds beside them, and the notes below."""
    lines: list[Sequence[str]] = [HEAD]
    notes: list[str] = []
    for part, rows in measured.items():
        lines.append((f"— {part}", "", "", "", "", ""))
        for row in rows:
            lines.append(_line(row, verdicts.get((part, row.name), ())))
            notes += [f"{row.name}: {text}" for text in (row.note, row.unjudged) if text]
        names = {row.name for row in rows}
        lines += [_unmeasured(found) for at, found in verdicts.items() if at[0] == part and at[1] not in names]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    return "\n".join([*(_spread(line, widths) for line in lines), "", *notes])


def _line(row: Row, verdicts: Sequence[Verdict]) -> Sequence[str]:
    other = "" if row.held_against is None else f"{_number(row.held_against)} {row.unit} {row.against}"
    ratio = "" if row.ratio is None else ratio_text(row.ratio)
    return (row.name, f"{_number(row.value)} {row.unit}", other, ratio, *_said(verdicts))


def ratio_text(ratio: float) -> str:
    """With two digits that say something, however small it is."""
    return f"{ratio:.2f}" if ratio > SMALL else f"{ratio:.1e}"


def _unmeasured(verdicts: Sequence[Verdict]) -> Sequence[str]:
    return (verdicts[0].bound.name, "not measured", "", "", *_said(verdicts))


def _said(verdicts: Sequence[Verdict]) -> tuple[str, str]:
    if not verdicts:
        return "", ""
    return ", ".join(str(each.bound) for each in verdicts), "ok" if all(each.holds for each in verdicts) else "BROKEN"


def _spread(line: Iterable[str], widths: Sequence[int]) -> str:
    first, *others = line
    numbers = (text.rjust(width) for text, width in zip(others[:3], widths[1:4], strict=True))
    words = (text.ljust(width) for text, width in zip(others[3:], widths[4:], strict=True))
    return "  ".join((first.ljust(widths[0]), *numbers, *words)).rstrip()


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
