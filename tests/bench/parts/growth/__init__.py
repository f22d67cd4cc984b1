"""Whether anything costs more with more jobs stored; and what those who wait take of memory.

Each number of stored jobs has a local cloud and functions of its own. All are up at once and asked in turn, so that
what else the machine does meets all alike; processor time is that of the function's process, as in `cpu`. The bounds
are of the full run: a quick one stores fewer jobs.
"""

from contextlib import ExitStack
from typing import NamedTuple

from tests.bench.parts.growth import lists, requests, ticks, waiters
from tests.bench.parts.growth.sizes import size
from tests.bench.rows import Row


class Effort(NamedTuple):
    """How much is measured."""

    sizes: tuple[int, ...]  # jobs stored
    rounds: int  # of requests
    bursts: int  # of requests, of one value
    list_rounds: int  # of lists, and of ticks with nothing due
    pages: int  # of one value
    due_rounds: int  # of ticks with much due
    waiter_rounds: int


FULL = Effort((100, 10_000, 100_000), 15, 16, 9, 10, 5, 3)
QUICK = Effort((100, 10_000), 7, 10, 3, 10, 2, 1)


def run(*, quick: bool) -> list[Row]:
    """Requests, lists and sweeps at each size; then those who wait, on a cloud of their own."""
    effort = QUICK if quick else FULL
    with ExitStack() as until_end:
        sizes = [until_end.enter_context(size(number)) for number in effort.sizes]
        rows = [
            *requests.rows(sizes, effort.rounds, effort.bursts),
            *lists.rows(sizes, effort.list_rounds, effort.pages),
            *ticks.rows(sizes, effort.list_rounds, effort.pages, effort.due_rounds),
        ]
    return [*rows, *waiters.rows(effort.waiter_rounds)]
