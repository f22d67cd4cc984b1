"""Processor time a request in the function's own processes, ours beside bare ones; both stay up and are asked in turn.

Not wall time: the client and the local cloud share the cores, and what they take is not the function's.
"""

from collections.abc import Callable
from contextlib import ExitStack
from typing import NamedTuple, Protocol
from uuid import uuid4

from tests.bench.load import asked, load, request
from tests.bench.pairing import interleaved
from tests.bench.rows import Row
from tests.bench.servers import Server, bare, ours, server, world

ROUNDS, QUICK_ROUNDS = 15, 5
REQUESTS, QUICK_REQUESTS = 600, 300  # of one value: half a second of processor time, counted in hundredths
WARM = 200  # requests before anything counts
CONNECTIONS = 4
PROMPT = "a lighthouse in the fog, oil on canvas, soft light, wide shot"


class Counted(Protocol):
    """A server whose processor time is known."""

    @property
    def port(self) -> int:
        """Where it listens."""

    def cpu(self) -> float:
        """Seconds that it has used so far."""


class Call(NamedTuple):
    """Requests to one function, and the status that each is answered with."""

    name: str
    function: str
    request: Callable[[int], bytes]
    expected: int


def run(*, quick: bool) -> list[Row]:
    """A row for each kind of call."""
    rounds, count = (QUICK_ROUNDS, QUICK_REQUESTS) if quick else (ROUNDS, REQUESTS)
    with world() as around, ExitStack() as until_end:
        servers = {
            (name, which): until_end.enter_context(server(which(name), around.environment))
            for name in ("submit", "status")
            for which in (ours, bare)
        }
        job, version = stored_job(servers["submit", ours], servers["status", ours])
        return [
            _row(call, servers[call.function, ours], servers[call.function, bare], rounds, count)
            for call in calls(job, version)
        ]


def calls(job: str, version: str) -> list[Call]:
    """What is asked; of `status` for this job, whose version is known."""
    body, key = {"prompt": PROMPT}, uuid4().hex
    known = {"if-none-match": version}
    return [
        Call("submit: CPU a request", "submit",
             lambda _: request("POST", "/v1/jobs", body, {"idempotency-key": uuid4().hex}), 202),
        Call("replay: CPU a request", "submit",
             lambda _: request("POST", "/v1/jobs", body, {"idempotency-key": key}), 202),
        Call("status: CPU a request", "status", lambda _: request("GET", f"/v1/jobs/{job}"), 200),
        Call("status, known version: CPU a request", "status",
             lambda _: request("GET", f"/v1/jobs/{job}", headers=known), 304),
    ]  # fmt: skip


def _row(call: Call, mine: Server, theirs: Server, rounds: int, count: int) -> Row:
    def measure(of: Server) -> Callable[[], float]:
        return lambda: cost(of, call, count)

    for each in (mine, theirs):
        warm(each.port, call)
    taken, floor = interleaved(rounds, measure(mine), measure(theirs))
    return Row(call.name, "µs", taken, floor, "bare")


def warm(port: int, call: Call) -> None:
    """Ask before anything counts."""
    load(port, call.request, 1, 1, call.expected)  # the first use of a key is no replay
    load(port, call.request, WARM, CONNECTIONS, call.expected)


def cost(of: Counted, call: Call, count: int) -> float:
    """Microseconds of processor time a request."""
    before = of.cpu()
    load(of.port, call.request, count, CONNECTIONS, call.expected)
    return (of.cpu() - before) / count * 1e6


def stored_job(submit: Server, status: Server) -> tuple[str, str]:
    """A job that is stored, and its version."""
    with submit.connect() as connection:
        job: str = asked(connection, request("POST", "/v1/jobs", {"prompt": PROMPT})).json()["id"]
    with status.connect() as connection:
        return job, asked(connection, request("GET", f"/v1/jobs/{job}")).headers["etag"]
