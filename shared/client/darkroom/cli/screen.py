"""What is shown: results on standard output, all else on standard error; live only where somebody looks.

Nothing that comes from outside is markup, nor can it steer the terminal.
"""

import json
import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

MICROS = 1_000_000
LAST = 16  # columns that the last of a table needs at least
COLOURS = {"completed": "green", "failed": "red", "canceled": "yellow"}
# Control characters become their pictures; those that turn the direction of text, a mark.
PICTURES = (
    {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\n\t"}
    | {0x7F: 0x2421}
    | dict.fromkeys([*range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)], 0xFFFD)
)


def clean(text: object) -> str:
    """Text that does nothing but stand there."""
    return str(text).translate(PICTURES)


def line_of(text: object, most: int = 72) -> str:
    """The text on one line, cut where it is longer."""
    line = clean(" ".join(str(text).split()))
    return line if len(line) <= most else f"{line[: most - 1]}…"


def dollars(micros: int | None) -> str:
    """`$0.0400` for 40,000 micro-USD."""
    return "unknown" if micros is None else f"${micros / MICROS:,.4f}"


class Screen:
    """Where a command speaks."""

    def __init__(self, *, as_json: bool) -> None:
        self.out = Console(markup=False, highlight=False, emoji=False, soft_wrap=True)
        self.err = Console(stderr=True, markup=False, highlight=False, emoji=False, soft_wrap=True)
        self.as_json = as_json

    @property
    def is_live(self) -> bool:
        """Whether progress can be drawn over itself."""
        return sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"

    @property
    def is_read(self) -> bool:
        """Whether a person reads the results, not a program."""
        return sys.stdout.isatty() and not self.as_json

    def note(self, text: str, style: str = "") -> None:
        """A line beside the result."""
        self.err.print(Text(clean(text), style=style))

    def result(self, text: object, style: str = "") -> None:
        """A line of the result."""
        if sys.stdout.isatty():
            self.out.print(Text(clean(text), style=style))
        else:
            self._write(clean(text))

    def json(self, document: Any) -> None:
        """A JSON document, on a line of its own; flushed, since the reader of a stream waits for it."""
        self._write(json.dumps(document, default=str))

    def table(self, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """A table for who reads it; for a program, lines of values with tabs between them."""
        if not self.is_read:
            for row in rows:
                self._write("\t".join(line_of(value, sys.maxsize) for value in row))
            return
        shown = [[line_of(value, sys.maxsize) for value in row] for row in rows]
        widths = [max(map(cell_len, column)) for column in zip(heads, *shown, strict=True)]
        if sum(widths[:-1]) + 2 * len(widths) + LAST > self.out.width:  # an id that is cut is of no use
            for row in shown:
                self.result("  ".join(row), COLOURS.get(row[1], ""))
            return
        table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
        for head in heads:
            table.add_column(head, no_wrap=True)
        for row in shown:
            table.add_row(*(Text(value, style=COLOURS.get(value, "")) for value in row))
        self.out.print(table, soft_wrap=False)

    @staticmethod
    def _write(line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    def facts(self, facts: Iterable[tuple[str, object]]) -> None:
        """Names and values, those that are None left out."""
        for name, value in facts:
            if value not in {None, ""}:
                self.out.print(Text.assemble((f"{name:<10} ", "dim"), (clean(value), COLOURS.get(str(value), ""))))
