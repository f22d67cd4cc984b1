"""Processor time a request, beside the incumbent's: of `submit`'s processes and of gunicorn's, whose they are.

Nobody works on what is submitted, on either side. PostgreSQL and Redis answer from processes of their own, which the
local cloud, a program in Python that stands for other people's machines, is no counterpart of: a row by itself counts
them in on the incumbent's side.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple
from uuid import uuid4

from tests.bench import usage
from tests.bench.incumbent.running import Incumbent
from tests.bench.load import request
from tests.bench.pairing import interleaved
from tests.bench.parts.cpu import PROMPT, Call, calls, cost, stored_job, warm
from tests.bench.priority import follow
from tests.bench.rows import Row
from tests.bench.servers import Server, ours, server, world

ROUNDS, QUICK_ROUNDS = 9, 5
REQUESTS, QUICK_REQUESTS = 600, 300
ASKED = ("api", "redis", "postgres")  # of the incumbent: nobody works


class Processes(NamedTuple):
    """Some of the incumbent's processes, and where it is asked."""

    port: int
    pids: Callable[[], Sequence[int]]

    def cpu(self) -> float:
        """Seconds that they have used so far."""
        return usage.cpu(self.pids())


class Pair(NamedTuple):
    """What ours is asked, and what the incumbent is."""

    mine: Call
    theirs: Call
    note: str = ""


def rows(theirs: Incumbent, *, quick: bool) -> list[Row]:
    """A row for each kind of call, and one more for the submit."""
    rounds, count = (QUICK_ROUNDS, QUICK_REQUESTS) if quick else (ROUNDS, REQUESTS)
    with (
        world() as around,
        server(ours("submit"), around.environment) as submit,
        server(ours("status"), around.environment) as status,
    ):
        job, version = stored_job(submit, status)
        mine = {call.name: call for call in calls(job, version)}
        follow(*theirs.pids(*ASKED))  # as ours do
        found = []
        for pair in _pairs(mine, theirs):
            found += _rows(pair, submit if pair.mine.function == "submit" else status, theirs, rounds, count)
        return found


def _pairs(mine: dict[str, Call], theirs: Incumbent) -> Sequence[Pair]:
    body, key = {"prompt": PROMPT}, {"x-idempotency-key": uuid4().hex}
    status = f"/v1/tasks/{theirs.done()}"
    return (
        Pair(mine["submit: CPU a request"], _call("submit", lambda _: theirs.submit(0), 202)),
        Pair(
            mine["replay: CPU a request"],
            _call("submit", lambda _: request("POST", "/generate_image", body, key), 202),
        ),
        Pair(mine["status: CPU a request"], _call("status", lambda _: request("GET", status), 200)),
        Pair(
            mine["status, known version: CPU a request"],
            _call("status", lambda _: request("GET", status), 200),
            "the incumbent knows no versions: it answers whole",
        ),
    )


def _call(name: str, asked: Callable[[int], bytes], expected: int) -> Call:
    return Call(name, name, asked, expected)


def _rows(pair: Pair, mine: Server, theirs: Incumbent, rounds: int, count: int) -> list[Row]:
    api = Processes(theirs.port, lambda: theirs.pids("api"))
    everything = Processes(theirs.port, lambda: theirs.pids(*ASKED))
    warm(mine.port, pair.mine)
    warm(theirs.port, pair.theirs)

    whole: list[float] = []

    def their_cost() -> float:
        before = everything.cpu()
        own = cost(api, pair.theirs, count)
        whole.append((everything.cpu() - before) / count * 1e6)
        return own

    taken, own = interleaved(rounds, lambda: cost(mine, pair.mine, count), their_cost)
    found = [Row(pair.mine.name, "µs", taken, own, "Flask", pair.note)]
    if pair.mine.name == "submit: CPU a request":
        note = "Redis and PostgreSQL are counted in on the right; on the left, nothing of the local cloud"
        found.append(Row(f"{pair.mine.name}, with its databases", "µs", taken, whole, "Flask, Redis, PostgreSQL", note))
    return found
