"""One cell of the table: so many milliseconds a call of the model, so many jobs in flight, on one side."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import NamedTuple, Protocol

from tests.bench import usage
from tests.bench.parts.jobs.loop import Submits, closed_loop
from tests.bench.priority import follow

LOOK_SECONDS = 0.25  # between two looks at what is held


class Side(Submits, Protocol):
    """What is measured, and the names of its processes."""

    @property
    def worker(self) -> Sequence[str]:
        """What works on jobs."""

    @property
    def own(self) -> Sequence[str]:
        """That, and what takes jobs and tells of them."""

    @property
    def everything(self) -> Sequence[str]:
        """That, and what keeps and delivers them."""

    def listening(self) -> AbstractAsyncContextManager[None]:
        """Hear of ends within the block."""

    def pids(self, *names: str) -> list[int]:
        """The processes of those names."""

    def waited(self, jobs: Iterable[str]) -> float:
        """The median of what these jobs waited from their record to their claim, in ms."""

    def clean(self) -> None:
        """Forget what was done, where that can be done."""


class Cell(NamedTuple):
    """What is done at once, and how much of it."""

    milliseconds: int
    in_flight: int
    jobs: int

    def __str__(self) -> str:
        """As rows are named."""
        return f"{self.milliseconds} ms, {self.in_flight} in flight"


class Figures(NamedTuple):
    """What one run of a cell gave; times in ms, memory in MB."""

    per_second: float
    beyond: float  # from submit to told, beyond the model's time: the median
    waited: float
    worker_cpu: float  # a job
    own_cpu: float
    all_cpu: float
    worker: usage.Memory  # the most that was held at once
    everything: usage.Memory  # at the end


def lead(side: Side) -> None:
    """Have it as far ahead as this process is; not when it is begun: PostgreSQL makes a session for each connection."""
    follow(*side.pids(*side.everything))


async def measured(side: Side, cell: Cell) -> Figures:
    """Run a cell once."""
    side.clean()
    lead(side)
    before = _used(side)
    async with _most(side.pids(*side.worker)) as held:
        run = await closed_loop(side, cell.jobs, cell.in_flight, cell.milliseconds)
    worker, own, everything = (
        (after - used) / cell.jobs * 1000 for used, after in zip(before, _used(side), strict=True)
    )
    waited = side.waited([each.job for each in run.jobs])
    most = usage.Memory(max(each.pss for each in held), max(each.rss for each in held))
    beyond = run.total - cell.milliseconds
    return Figures(
        run.per_second, beyond, waited, worker, own, everything, most, usage.memory(side.pids(*side.everything))
    )


def _used(side: Side) -> list[float]:
    """Seconds of processor time so far; of those, too, that have begun meanwhile, as PostgreSQL's for a connection."""
    return [usage.cpu(side.pids(*names)) for names in (side.worker, side.own, side.everything)]


@asynccontextmanager
async def _most(pids: Sequence[int]) -> AsyncIterator[list[usage.Memory]]:
    """What these processes hold, looked at now and then within the block, and at its end."""
    held: list[usage.Memory] = []

    async def look() -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            held.append(usage.memory(pids))

    looking = asyncio.create_task(look())
    try:
        yield held
        held.append(usage.memory(pids))
    finally:
        looking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await looking
