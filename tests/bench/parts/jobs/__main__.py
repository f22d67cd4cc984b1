"""One cell by itself: `python -m tests.bench.parts.jobs SIDE MILLISECONDS IN_FLIGHT JOBS`.

SIDE is `ours`, or the incumbent's number of worker processes: `ours 200 32 200`, `8 200 32 200`.
"""

import sys
from collections.abc import Sequence
from contextlib import ExitStack

import uvloop

from tests.bench.incumbent.running import incumbent
from tests.bench.parts.jobs import tables, warm
from tests.bench.parts.jobs.cells import Cell, Figures, Side, measured
from tests.bench.parts.jobs.ours import ours
from tests.bench.priority import ahead

ARGUMENTS = 4


async def _measure(side: Side, cell: Cell) -> Figures:
    async with side.listening():
        await warm(side, cell.in_flight, cell.milliseconds)
        return await measured(side, cell)


def main(words: Sequence[str]) -> int:
    """Measure one cell."""
    if len(words) != ARGUMENTS or not all(word.isdecimal() or word == "ours" for word in words):
        print(__doc__, file=sys.stderr)
        return 2
    side, *numbers = words
    with ahead(), ExitStack() as until_end:
        if side == "ours":
            measure = _measure(until_end.enter_context(ours()), Cell(*map(int, numbers)))
        else:
            theirs = until_end.enter_context(incumbent())
            until_end.enter_context(theirs.workers(int(side)))
            measure = _measure(theirs, Cell(*map(int, numbers)))
        figures = uvloop.run(measure)
    for what, unit, field in (*tables.TIMES, *tables.USE):
        print(f"{what}: {field(figures):,.4g} {unit}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
