"""The part `jobs`: what is told, the closed loop, the hops of a job, and the rows that bounds name."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress

import pytest

from infra.local.ports import HOST
from tests.bench.bounds import BOUNDS
from tests.bench.ends import Told
from tests.bench.load import Answer, request
from tests.bench.parts.jobs import CELLS, QUICK_CELLS, QUICK_WORKERS, ROOM, WORKERS, crowded, hops, tables
from tests.bench.parts.jobs.cells import Cell, Figures
from tests.bench.parts.jobs.loop import Run, Taken, closed_loop
from tests.bench.usage import Memory

FIGURES = Figures(40, 30, 10, 5, 7, 20, Memory(150, 200), Memory(300, 400))


class Echo:
    """A side whose jobs end a moment after they are accepted; it notes how many were in flight."""

    worker = own = everything = ()

    def __init__(self, status: int = 202) -> None:
        self.told = Told()
        self.port = 0
        self.most = 0
        self._status = status
        self._numbers = iter(range(1000))
        self._in_flight = 0
        self._connections: list[asyncio.Task[None]] = []

    def submit(self, milliseconds: int) -> bytes:
        """A request."""
        return request("POST", "/", {"takes": milliseconds})

    def job_of(self, answer: Answer) -> str:
        """What was accepted."""
        return str(answer.json())

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Answer within the block."""
        async with await asyncio.start_server(self._serve, HOST, 0) as server:
            self.port = server.sockets[0].getsockname()[1]
            yield
            await asyncio.gather(*self._connections)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if task := asyncio.current_task():
            self._connections.append(task)
        with suppress(asyncio.IncompleteReadError):  # it is closed
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].split()[0]))
                self._in_flight += 1
                self.most = max(self.most, self._in_flight)
                job = str(next(self._numbers))
                asyncio.get_running_loop().call_soon(self._end, job)
                writer.write(f"HTTP/1.1 {self._status} ok\r\ncontent-length: {len(job)}\r\n\r\n{job}".encode())
        writer.close()
        await writer.wait_closed()

    def _end(self, job: str) -> None:
        self._in_flight -= 1
        self.told.ended(job)


async def test_an_end_is_told_before_and_after_somebody_waits() -> None:
    """And one without a picture ends the measurement."""
    told = Told()
    told.ended("early")
    assert await told.wait("early") > 0
    waiting = asyncio.ensure_future(told.wait("late"))
    await asyncio.sleep(0)
    told.ended("late")
    told.ended("late")
    assert await waiting > 0
    told.failed("lost", "by accident")
    with pytest.raises(RuntimeError, match="lost failed: by accident"):
        await told.wait("lost")


async def test_a_loop_runs_so_many_jobs_and_no_more_at_once() -> None:
    """Each is counted once, with its times."""
    side = Echo()
    async with side.serving():
        run = await closed_loop(side, 20, 3, 0)
    assert sorted(int(each.job) for each in run.jobs) == list(range(20))
    assert 0 < side.most <= 3
    assert all(each.submit > 0 and each.total > 0 for each in run.jobs)  # it may be told before it is answered


def test_jobs_a_second_are_those_of_a_full_house() -> None:
    """Two at a time: what came first and what came last is left out."""
    run = Run(2, [Taken(str(end), 0.1, 0.2, end) for end in (0.0, 5, 6, 7, 8, 30)])
    assert run.per_second == pytest.approx(2 / 2)
    with pytest.raises(ValueError, match="want more than 6 jobs, not 6"):
        _ = Run(3, run.jobs).per_second


async def test_a_refused_job_ends_the_measurement() -> None:
    """Its status is told."""
    side = Echo(status=503)
    async with side.serving():
        with pytest.RaisesGroup(pytest.RaisesExc(RuntimeError, match="answered 503")):
            await closed_loop(side, 1, 1, 0)


def calls(*named: tuple[str, float]) -> list[dict[str, object]]:
    """A trace: methods, and when they arrived, in ms after the beginning."""
    return [{"method": method, "at": 1_000_000 + milliseconds * 1000} for method, milliseconds in named]


def test_a_hop_is_from_one_call_to_the_next() -> None:
    """Less the model's own time, where it is waited for; calls that not every job makes are in none of them."""
    ends = ((hops.AFTER_MODEL, 215.0), (hops.TOLD, 230.0))
    first = calls(("Commit", 3), ("Publish", 5), ("Commit", 8), ("Commit", 9), ("Commit", 220))
    second = calls(("Commit", 4), ("RunQuery", 4.5), ("Publish", 7), ("Commit", 8), ("Commit", 9), ("Commit", 219))
    jobs = [hops.Traced([*hops.arrivals(trace, 1.0), *ends]) for trace in (first, second)]
    found = {row.name: list(row.ours) for row in hops.rows(jobs, 200)}
    assert list(found)[:2] == ["hop 1: submit: the job's create", "hop 2: submit: its announcement"]
    assert found["hop 2: submit: its announcement"] == pytest.approx([2, 3])
    assert found["hop 5: the model's answer is read, beyond its time"] == pytest.approx([6, 6])
    assert found["hop 6: the commit after it"] == pytest.approx([5, 4])
    assert found["hop 7: told"] == pytest.approx([10, 11])


@pytest.mark.parametrize(("cells", "workers"), [(CELLS, WORKERS), (QUICK_CELLS, QUICK_WORKERS)])
def test_every_bound_names_a_row(cells: Iterable[Sequence[Cell]], workers: Iterable[int]) -> None:
    """Of the whole benchmark and of the quick one: a bound whose row is not measured is broken."""
    others = {count: [FIGURES] for count in workers}
    rows = [row for line in cells for cell in line for row in tables.rows(cell, [FIGURES], others, "")]
    names = {row.name for row in rows}
    assert len(names) == len(rows)
    assert {bound.name for bound in BOUNDS if bound.part == "jobs" and " ms, " in bound.name} <= names


def test_a_disk_that_is_too_full_is_named() -> None:
    """With what there is, and what can be done."""
    assert crowded("/tmp", ROOM) == []  # noqa: S108 - a name
    (said,) = crowded("/tmp", ROOM // 2)  # noqa: S108
    assert said == "The pictures need 3 GB of /tmp, which has 1.5: name a folder, TMPDIR=…"
