"""Processor time of the requests that a client makes most: it should not know how many jobs there are."""

from collections.abc import Callable, Iterator, Sequence
from uuid import uuid4

from shared.idempotency import job_id
from tests.bench.growth import stored
from tests.bench.growth.sizes import Size, Spent, grown, in_turn
from tests.bench.load import request
from tests.bench.rows import Row

CONNECTIONS = 4
WARM = 200  # requests before anything counts
BODY = {"prompt": "a lighthouse in the fog, oil on canvas, soft light, wide shot"}


def rows(sizes: Sequence[Size], rounds: int, count: int) -> Iterator[Row]:
    """A line a kind of request, the bounded ones among them."""
    for name, asked in (("submit", submitted), ("replay", replayed), ("status", read)):
        measure = _measure(asked, count)
        for each in sizes:
            asked(each, WARM)
        taken = in_turn(sizes, rounds, measure)
        values = [[spent.cpu * 1000 for spent in each] for each in taken]
        yield grown(f"{name}: CPU a request", "µs", sizes, values)


def _measure(asked: Callable[[Size, int], Spent], count: int) -> Callable[[Size], Spent]:
    return lambda of: asked(of, count)


def submitted(of: Size, count: int) -> Spent:
    """New jobs, each under a key; they are taken out again, that as many are stored as before."""
    turn = uuid4().hex

    def submit(number: int) -> bytes:
        return request("POST", "/v1/jobs", BODY, {"idempotency-key": f"{turn}-{number}"})

    spent = of.spent("submit", submit, count, CONNECTIONS, 202)
    of.filling.remove("jobs", (job_id(stored.TENANT, "job", f"{turn}-{number}") for number in range(count)))
    return spent


def replayed(of: Size, count: int) -> Spent:
    """One key, again and again; its job stays from before the first value."""
    sent = request("POST", "/v1/jobs", BODY, {"idempotency-key": "again"})
    return of.spent("submit", lambda _: sent, count, CONNECTIONS, 202)


def read(of: Size, count: int) -> Spent:
    """A job that is completed."""
    sent = request("GET", f"/v1/jobs/{stored.finished(of.number)}")
    return of.spent("status", lambda _: sent, count, CONNECTIONS)
