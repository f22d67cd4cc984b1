"""Jobs from the submit to the news of their end, beside the incumbent: how many a second, how long, in what memory.

Ours is the whole local stack with one process of `generate`; the incumbent runs with 2, 4 and 8 workers. Both store
the same picture, of the same model. Whoever measures shares the machine with what is measured, and so does the local
cloud, which stands for other people's machines: wall times say what a laptop does, not what a cloud does, and beside
each stands the processor time of what is ours alone.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager

import uvloop

from tests.bench.incumbent import programs
from tests.bench.incumbent.running import Incumbent, incumbent
from tests.bench.pairing import interleaved
from tests.bench.parts.jobs import hops, requests, tables
from tests.bench.parts.jobs.cells import Cell, Side, measured
from tests.bench.parts.jobs.loop import closed_loop
from tests.bench.parts.jobs.ours import Ours, ours
from tests.bench.priority import ahead
from tests.bench.rows import Row

# Each line on a stack of its own: what was stored before is neither looked through nor kept.
CELLS = (
    (Cell(0, 1, 60), Cell(0, 8, 120), Cell(0, 32, 192)),
    (Cell(0, 128, 384),),
    (Cell(200, 1, 12), Cell(200, 8, 48), Cell(200, 32, 192)),
    (Cell(200, 128, 320),),
)
QUICK_CELLS = ((Cell(0, 1, 40), Cell(200, 1, 10), Cell(200, 32, 160)),)
WORKERS, QUICK_WORKERS = (8, 4, 2), (8,)
ROUNDS = 3
MANY, MANY_ROUNDS = 128, 2  # in flight; few workers take long for so many
HOPS, QUICK_HOPS = 30, 12  # jobs
HOP_MILLISECONDS = 200
WARM = 20  # jobs at least; and twice as many as are in flight, for which those who push open their windows
ROOM = 3_000_000_000  # bytes: a MB a picture, of a line of cells on our side, and of a run on each of the incumbent's
AT_ONCE = 32  # calls of a model that `generate` makes before it has learnt, by calls that last, that it takes more


def missing() -> list[str]:
    """What the incumbent needs and is not there, and room for the pictures of both."""
    folder = tempfile.gettempdir()
    return programs.missing() + crowded(folder, shutil.disk_usage(folder).free)


def crowded(folder: str, free: int) -> list[str]:
    """What is to be said where so many bytes are free."""
    if free >= ROOM:
        return []
    return [f"The pictures need {ROOM / 1e9:g} GB of {folder}, which has {free / 1e9:.1f}: name a folder, TMPDIR=…"]


def run(*, quick: bool) -> list[Row]:
    """Requests, then cells, then memory and processor time in one of them, then the hops."""
    with ahead() as refused, ExitStack() as until_end, asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        theirs = {count: until_end.enter_context(incumbent()) for count in (QUICK_WORKERS if quick else WORKERS)}
        rows = requests.rows(theirs[WORKERS[0]], quick=quick)
        for count, each in theirs.items():
            each.forget()
            until_end.enter_context(each.workers(count))
        split: list[Row] = []
        for cells in QUICK_CELLS if quick else CELLS:
            with ours() as mine:
                split = split or _hops(loop, mine, QUICK_HOPS if quick else HOPS)
                for cell in cells:
                    rows += _cell(loop, cell, mine, theirs, refused)
        return rows + split


def _cell(loop: asyncio.Runner, cell: Cell, mine: Ours, theirs: Mapping[int, Incumbent], note: str) -> list[Row]:
    sides: Sequence[Side] = (mine, *theirs.values())
    with _listening(loop, sides):
        loop.run(warm(mine, cell.in_flight, cell.milliseconds if cell.in_flight > AT_ONCE else 0))
        for side in sides[1:]:
            loop.run(warm(side, min(cell.in_flight, AT_ONCE)))
        rounds = MANY_ROUNDS if cell.in_flight >= MANY else ROUNDS
        own, *others = interleaved(rounds, *(lambda side=side: loop.run(measured(side, cell)) for side in sides))
    return tables.rows(cell, own, dict(zip(theirs, others, strict=True)), note)


async def warm(side: Side, in_flight: int, milliseconds: int = 0) -> None:
    """Run jobs that do not count."""
    await closed_loop(side, max(2 * in_flight, WARM), in_flight, milliseconds)


def _hops(loop: asyncio.Runner, mine: Ours, count: int) -> list[Row]:
    with _listening(loop, [mine]):
        loop.run(warm(mine, 1))
        traced = loop.run(hops.traced(mine, count, HOP_MILLISECONDS))
    return hops.rows(traced, HOP_MILLISECONDS)


@contextmanager
def _listening(loop: asyncio.Runner, sides: Sequence[Side]) -> Iterator[None]:
    """Hear of the ends of all of them within the block, whenever the loop runs."""
    until_end = AsyncExitStack()
    try:
        for side in sides:
            loop.run(until_end.enter_async_context(side.listening()))
        yield
    finally:
        loop.run(until_end.aclose())
