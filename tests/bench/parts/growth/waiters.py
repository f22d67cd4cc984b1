"""Memory of `status` while many wait: each for a job of its own, by a stream of events or by an answer that lasts."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import NamedTuple

from tests.bench import usage
from tests.bench.load import load, request
from tests.bench.parts.growth import stored
from tests.bench.parts.growth.filling import filling
from tests.bench.rows import Row
from tests.bench.servers import Server, World, ours, server, world
from tests.bench.usage import Memory
from tests.waiting import until

FEW, MANY = 50, 200
WARM = 100  # requests before anything counts
EVENT = b"event: job"


class Kind(NamedTuple):
    """A way to wait."""

    name: str
    ask: Callable[[str], bytes]  # for a job by its id
    hears_at_once: bool  # how the job is


KINDS = (
    Kind("event streams", lambda job: request("GET", f"/v1/jobs/{job}/events"), hears_at_once=True),
    Kind("waits", lambda job: request("GET", f"/v1/jobs/{job}", headers={"prefer": "wait=60"}), hears_at_once=False),
)


def rows(rounds: int) -> Iterator[Row]:
    """Without a waiter, with FEW, with MANY; each round is a process of its own."""
    with world() as around:
        jobs = [job.id for job in stored.waiting(MANY)]
        with filling(around.cloud.host("firestore"), around.environment["GOOGLE_CLOUD_PROJECT"]) as inside:
            inside.put("jobs", stored.waiting(MANY))
        for kind in KINDS:
            taken = [_held(around, kind, jobs) for _ in range(rounds)]
            for number in (0, FEW, MANY):
                held = [each[number] for each in taken]
                rss = ", ".join(f"{each.rss:.1f}" for each in held)
                name = f"status: PSS with {number} {kind.name}"
                yield Row(name, "MB", [each.pss for each in held], note=f"RSS {rss} MB")
            further = [(each[MANY].pss - each[FEW].pss) / (MANY - FEW) * 1000 for each in taken]
            yield Row(f"status: PSS of one of the {kind.name}", "kB", further)


def _held(around: World, kind: Kind, jobs: list[str]) -> dict[int, Memory]:
    """What the process holds, by the number of those who wait."""
    with server(ours("status"), around.environment) as status, ExitStack() as until_end:
        status.connect().close()
        load(status.port, lambda _: request("GET", f"/v1/jobs/{jobs[0]}"), WARM, 1, 200)
        traced = until_end.enter_context(around.cloud.control.tracing())

        def enough(number: int) -> bool:
            """Whether the process listens to so many jobs: everybody who asked waits then."""
            return sum("add_target" in call["about"] for call in traced() if call["method"] == "Listen") >= number

        held = {0: usage.memory(status.pids())}
        for before, number in ((0, FEW), (FEW, MANY)):
            for job in jobs[before:number]:
                _open(status, kind, job, until_end)
            until(partial(enough, number))
            held[number] = usage.memory(status.pids())
        return held


def _open(status: Server, kind: Kind, job: str, until_end: ExitStack) -> None:
    connection: socket.socket = until_end.enter_context(status.connect())
    connection.sendall(kind.ask(job))
    told = b""
    while kind.hears_at_once and EVENT not in told:
        more = connection.recv(65536)
        if not more:
            raise RuntimeError(f"the stream of {job} ended:\n{told.decode(errors='replace')}")
        told += more
