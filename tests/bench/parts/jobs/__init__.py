"""Jobs from the submit to the news of their end, beside the incumbent: how many a second, how long, in what memory.

Ours is the whole local stack with one process of `generate`; the incumbent runs with 2, 4 and 8 workers. Both store
the same picture, of the same model. Whoever measures shares the machine with what is measured, and so does the local
cloud, which stands for other people's machines: wall times say what a laptop does, not what a cloud does, and beside
each stands the processor time of what is ours alone.
"""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack, ExitStack

import uvloop

from tests.bench.incumbent import programs
from tests.bench.incumbent.running import Incumbent, incumbent
from tests.bench.pairing import interleaved
from tests.bench.parts.jobs import hops, requests, tables
from tests.bench.parts.jobs.cells import Cell, Side, measured
from tests.bench.parts.jobs.loop import closed_loop
from tests.bench.parts.jobs.ours import ours
from tests.bench.priority import ahead
from tests.bench.rows import Row

CELLS = (
    Cell(0, 1, 60), Cell(0, 8, 120), Cell(0, 32, 160), Cell(0, 128, 256),
    Cell(200, 1, 12), Cell(200, 8, 48), Cell(200, 32, 128), Cell(200, 128, 256),
)  # fmt: skip
QUICK_CELLS = (Cell(0, 1, 40), Cell(200, 1, 10), Cell(200, 32, 96))
WORKERS, QUICK_WORKERS = (8, 4, 2), (8,)
ROUNDS = 3
MANY, MANY_ROUNDS = 128, 2  # in flight; few workers take long for so many
HOPS, QUICK_HOPS = 30, 12  # jobs
HOP_MILLISECONDS = 200
WARM = 20  # jobs at least; and twice as many as are in flight, which opens the windows of those who send and call


def missing() -> list[str]:
    """What the incumbent needs and is not there."""
    return programs.missing()


def run(*, quick: bool) -> list[Row]:
    """Requests, then cells, then memory and processor time in one of them, then the hops."""
    with ahead() as refused, ExitStack() as until_end, asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        theirs = {count: until_end.enter_context(incumbent()) for count in (QUICK_WORKERS if quick else WORKERS)}
        rows = requests.rows(theirs[WORKERS[0]], quick=quick)
        for count, each in theirs.items():
            each.forget()
            until_end.enter_context(each.workers(count))
        for cell in QUICK_CELLS if quick else CELLS:
            rows += _cell(loop, cell, theirs, refused)
        return rows + _hops(loop, QUICK_HOPS if quick else HOPS)


def _cell(loop: asyncio.Runner, cell: Cell, theirs: dict[int, Incumbent], note: str) -> list[Row]:
    """On a stack of its own: what earlier cells stored is neither looked through nor kept."""
    with ours() as mine:
        until_end = AsyncExitStack()
        sides: Sequence[Side] = (mine, *theirs.values())
        try:
            for side in sides:
                loop.run(until_end.enter_async_context(side.listening()))
                loop.run(warm(side, cell))
            rounds = MANY_ROUNDS if cell.in_flight >= MANY else ROUNDS
            own, *others = interleaved(rounds, *(lambda side=side: loop.run(measured(side, cell)) for side in sides))
        finally:
            loop.run(until_end.aclose())
    return tables.rows(cell, own, dict(zip(theirs, others, strict=True)), note)


async def warm(side: Side, cell: Cell) -> None:
    """Run jobs that do not count."""
    await closed_loop(side, max(2 * cell.in_flight, WARM), cell.in_flight, cell.milliseconds)


def _hops(loop: asyncio.Runner, count: int) -> list[Row]:
    """Of ours, on a stack of its own."""
    with ours() as mine:
        until_end = AsyncExitStack()
        try:
            loop.run(until_end.enter_async_context(mine.listening()))
            loop.run(warm(mine, Cell(0, 1, WARM)))
            traced = loop.run(hops.traced(mine, count, HOP_MILLISECONDS))
        finally:
            loop.run(until_end.aclose())
    return hops.rows(traced, HOP_MILLISECONDS)
