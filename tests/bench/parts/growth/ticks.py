"""Runs of `sweep`: with nothing that is due, and with as much as a bad minute leaves behind."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from shared.use_cases.sweep import PAGE
from tests.bench.load import request
from tests.bench.parts.growth import stored
from tests.bench.parts.growth.lists import reads
from tests.bench.parts.growth.sizes import Size, Spent, grown, in_turn
from tests.bench.rows import Row

DUE = 500  # jobs: nobody heard that they wait
TICK = request("POST", "/", {})


def rows(sizes: Sequence[Size], rounds: int, count: int, due_rounds: int) -> Iterator[Row]:
    """Nothing due, `count` ticks a value; then DUE jobs, one tick a value."""

    def idle(of: Size) -> Spent:
        return of.spent("sweep", TICK, count)

    made = [_reads(each) for each in sizes]
    yield from _rows("sweep, nothing due", sizes, in_turn(sizes, rounds, idle), made)
    made = [_reads_of_due(each) for each in sizes]
    yield from _rows(f"sweep, {DUE} due", sizes, in_turn(sizes, due_rounds, _announced), made)
    for each in sizes:
        each.filling.remove("jobs", (job.id for job in stored.due(DUE, stored.START)))


def _rows(name: str, sizes: Sequence[Size], taken: Sequence[Sequence[Spent]], made: Sequence[int]) -> Iterator[Row]:
    yield grown(f"{name}: CPU", "ms", sizes, [[each.cpu for each in values] for values in taken])
    yield grown(f"{name}: wall", "ms", sizes, [[each.wall for each in values] for values in taken])
    yield grown(f"{name}: reads", "", sizes, [[each] for each in made])


def _announced(of: Size) -> Spent:
    _let_be_due(of)
    return of.spent("sweep", TICK, 1)


def _let_be_due(of: Size) -> None:
    of.filling.put("jobs", stored.due(DUE, datetime.now(UTC)))


def _reads(of: Size) -> int:
    """Of a tick with nothing due.

    Raises:
        RuntimeError: something was.
    """
    of.warm("sweep", TICK)
    answer, calls = of.calls("sweep", TICK)
    if repaired := answer.json()["repaired"]:
        raise RuntimeError(f"of {of.number:,} stored jobs some are due: {repaired}")
    return reads(of, calls)


def _reads_of_due(of: Size) -> int:
    """Of a tick with DUE jobs: each is found once, and the last, empty page is billed, as other empty answers are.

    Raises:
        RuntimeError: it announced others, or more.
    """
    _let_be_due(of)
    answer, calls = of.calls("sweep", TICK)
    if (repaired := answer.json()["repaired"]) != {"announced": DUE}:
        raise RuntimeError(f"{DUE} jobs were due to be announced, and the sweep repaired {repaired}")
    pages = -(-DUE // PAGE)
    return DUE + reads(of, calls) - pages
