"""The rows of a cell: ours against so many workers, and once against the most of them what both hold and use."""

from collections.abc import Callable, Mapping, Sequence

from tests.bench.parts.jobs.cells import Cell, Figures
from tests.bench.rows import Row

MEMORY_CELL = (200, 32)  # ms a call, in flight
Field = Callable[[Figures], float]

TIMES: Sequence[tuple[str, str, Field]] = (
    ("jobs/s", "/s", lambda each: each.per_second),
    ("end-to-end beyond the model", "ms", lambda each: each.beyond),
    ("enqueue to start", "ms", lambda each: each.waited),
)
OF_FEWER = 2  # of these are shown against fewer workers
USE: Sequence[tuple[str, str, Field]] = (
    ("CPU a job, generate / workers", "ms", lambda each: each.worker_cpu),
    ("CPU a job, with what takes jobs and tells of them", "ms", lambda each: each.own_cpu),
    ("CPU a job, with the local cloud / Redis, PostgreSQL", "ms", lambda each: each.all_cpu),
    ("memory (PSS), generate / workers", "MB", lambda each: each.worker.pss),
    ("memory (RSS), generate / workers", "MB", lambda each: each.worker.rss),
    ("memory (PSS), with the local cloud / Redis, PostgreSQL", "MB", lambda each: each.everything.pss),
    ("memory (RSS), with the local cloud / Redis, PostgreSQL", "MB", lambda each: each.everything.rss),
)


def rows(cell: Cell, own: Sequence[Figures], others: Mapping[int, Sequence[Figures]], note: str) -> list[Row]:
    """`others` by the number of workers, the most of them first; the note is of what times depend on."""

    def row(count: int, line: tuple[str, str, Field]) -> Row:
        (what, unit, field), against = line, f"{count} workers"
        said = note if unit == "/s" else ""
        return Row(f"{cell}, {against}: {what}", unit, [*map(field, own)], [*map(field, others[count])], against, said)

    most, *fewer = others
    found = [row(most, line) for line in TIMES]
    found += [row(count, line) for count in fewer for line in TIMES[:OF_FEWER]]
    if (cell.milliseconds, cell.in_flight) == MEMORY_CELL:
        found += [row(most, line) for line in USE]
    return found
