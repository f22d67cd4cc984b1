"""Local clouds of several sizes, each with functions of its own; all are up at once, and asked in turn."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any, NamedTuple

from tests.bench.load import Answer, asked, load
from tests.bench.pairing import interleaved
from tests.bench.parts.growth import stored
from tests.bench.parts.growth.filling import Filling, filling
from tests.bench.rows import Row
from tests.bench.servers import Server, ours, server, world
from tests.processes import Control

FUNCTIONS = ("submit", "status", "sweep")
# With strings that hash alike, tables lie alike in all processes: else one is quicker than its twin by its hashes.
SAME_HASHES = {"PYTHONHASHSEED": "0"}


@dataclass(frozen=True)
class Size:
    """So many stored jobs, and who is asked for them."""

    number: int
    filling: Filling
    control: Control
    servers: Mapping[str, Server]

    def answer(self, function: str, sent: bytes) -> Answer:
        """The answer to one request.

        Raises:
            RuntimeError: it is no success.
        """
        answer = self._asked(function, sent)
        if answer.status >= 400:
            raise RuntimeError(f"{function} answers {answer.status}: {answer.body[:2000].decode(errors='replace')}")
        return answer

    def warm(self, function: str, sent: bytes) -> None:
        """Have the local cloud make the indexes that a request needs, when it is first asked by them.

        Over many jobs that takes longer than a function waits for; what it asked for is then asked with more patience.
        """
        with self.control.tracing() as traced:
            self._asked(function, sent)
            queries = {call["about"] for call in traced() if call["method"] == "RunQuery"}
        for query in queries:
            self.filling.found(query)

    def _asked(self, function: str, sent: bytes) -> Answer:
        with self.servers[function].connect() as connection:
            return asked(connection, sent)

    def spent(self, function: str, sent: bytes, count: int) -> "Spent":
        """What each of so many requests takes, one after the other."""
        server = self.servers[function]
        cpu, began = server.cpu(), time.perf_counter()
        load(server.port, lambda _: sent, count, 1, 200)
        return Spent((server.cpu() - cpu) / count * 1e3, (time.perf_counter() - began) / count * 1e3)

    def calls(self, function: str, sent: bytes) -> tuple[Answer, list[dict[str, Any]]]:
        """The answer, and the RPCs that were made for it."""
        with self.control.tracing() as traced:
            return self.answer(function, sent), traced()


class Spent(NamedTuple):
    """What one request takes."""

    cpu: float  # ms of processor time, in the function's process
    wall: float  # ms


@contextmanager
def size(number: int) -> Iterator[Size]:
    """A cloud with so many jobs, and its functions."""
    with world(**SAME_HASHES) as around, ExitStack() as until_end:
        host, project = around.cloud.host("firestore"), around.environment["GOOGLE_CLOUD_PROJECT"]
        inside = until_end.enter_context(filling(host, project))
        started = {name: until_end.enter_context(server(ours(name), around.environment)) for name in FUNCTIONS}
        inside.put("jobs", stored.jobs(number))
        inside.put("batches", stored.parents(number))
        for each in started.values():
            each.connect().close()
        yield Size(number, inside, around.cloud.control, started)


def in_turn(sizes: Sequence[Size], rounds: int, measure: Callable[[Size], Spent]) -> list[list[Spent]]:
    """What each size took in each round."""
    return list(interleaved(rounds, *(partial(measure, each) for each in sizes)))


def grown(name: str, unit: str, sizes: Sequence[Size], values: Sequence[Sequence[float]]) -> Row:
    """The line of what was measured at each size: the most jobs, held against the fewest; the note has the others."""
    most, fewest = sizes[-1].number, sizes[0].number
    between = list(zip(sizes, values, strict=True))[1:-1]
    note = ", ".join(f"{median(found):,.4g} {unit} with {size.number:,}".replace("  ", " ") for size, found in between)
    return Row(f"{name}, {most:,} stored", unit, values[-1], values[0], f"{fewest:,} stored", note)
