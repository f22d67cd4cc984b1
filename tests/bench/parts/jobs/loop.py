"""A closed loop: so many jobs in flight, another is submitted as soon as one has ended; the same for either side.

    submit ──> 202 ………………………………………… told
    └──────────────── total ───────────────┘

That a job has ended is told, never asked for: a side says so to `Told` for whichever job it was.
"""

import asyncio
import time
from dataclasses import dataclass, field
from statistics import median
from typing import NamedTuple, Protocol

from infra.local.ports import HOST
from tests.bench.ends import Told
from tests.bench.load import Answer, answered

KEPT = 1.0  # seconds that a connection may rest: gunicorn closes it after 2
ACCEPTED = 202


class Submits(Protocol):
    """What jobs are submitted to."""

    @property
    def port(self) -> int:
        """Where."""

    @property
    def told(self) -> Told:
        """Who says that they have ended."""

    def submit(self, milliseconds: int) -> bytes:
        """A request for another job, whose model takes so long."""

    def job_of(self, answer: Answer) -> str:
        """The id of what was accepted."""


class Taken(NamedTuple):
    """Of one job."""

    job: str
    submit: float  # seconds until the 202
    total: float  # seconds until it was told
    ended: float  # when that was, in seconds


@dataclass(frozen=True)
class Run:
    """What one run of the loop gave."""

    in_flight: int
    jobs: list[Taken] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Jobs that ended a second while all places were taken: neither the first ones nor the last are counted.

        In the beginning all are at the same point, and at the end no more follow.

        Raises:
            ValueError: there were too few.
        """
        ends = sorted(each.ended for each in self.jobs)
        counted = len(ends) - 2 * self.in_flight
        if counted < 1:
            raise ValueError(f"{self.in_flight} in flight want more than {2 * self.in_flight} jobs, not {len(ends)}")
        return counted / (ends[-self.in_flight - 1] - ends[self.in_flight - 1])

    @property
    def total(self) -> float:
        """The median, in ms."""
        return median(each.total for each in self.jobs) * 1000


class Connections:
    """Kept connections to one server, each for one request at a time."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter, float]] = []

    async def ask(self, sent: bytes) -> Answer:
        """The answer to one request."""
        reader, writer = self._kept() or await asyncio.open_connection(HOST, self._port)
        try:
            answer = await answered(reader, writer, sent)
        except BaseException:
            writer.close()
            raise
        self._idle.append((reader, writer, time.perf_counter()))
        return answer

    def close(self) -> None:
        """Close them all."""
        for _, writer, _ in self._idle:
            writer.close()

    def _kept(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """The one that was used last, if the server cannot have closed it meanwhile."""
        if not self._idle or time.perf_counter() - self._idle[-1][2] > KEPT:
            return None
        reader, writer, _ = self._idle.pop()
        return reader, writer


async def closed_loop(side: Submits, count: int, in_flight: int, milliseconds: int) -> Run:
    """Run `count` jobs, `in_flight` at a time, whose model takes so long.

    Raises:
        RuntimeError: one was refused, or failed.
    """
    run, numbers, connections = Run(in_flight), iter(range(count)), Connections(side.port)

    async def lane() -> None:
        for _ in numbers:
            sent = time.perf_counter()
            answer = await connections.ask(side.submit(milliseconds))
            accepted = time.perf_counter()
            if answer.status != ACCEPTED:
                shown = answer.body[:2000].decode(errors="replace")
                raise RuntimeError(f"a job was answered {answer.status}: {shown}")
            job = side.job_of(answer)
            ended = await side.told.wait(job)
            run.jobs.append(Taken(job, accepted - sent, ended - sent, ended))

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(in_flight):
                group.create_task(lane())
    finally:
        connections.close()
    return run
