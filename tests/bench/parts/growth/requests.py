"""Processor time of the requests that a client makes most: it should not know how many jobs there are.

A bound of a twentieth is finer than what a busy machine does to a value from one second to the next. So the sizes are
asked in turn by BURST requests each, one after the other on one connection, and a value is the mean of many turns: what
slows one of them slows the others as well. The turns are A B C A B C, never backwards: a function that is asked twice
in a row finds its own things in the processor's caches, and seems a twentieth quicker for it.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import count
from statistics import fmean
from typing import NamedTuple

from shared.idempotency import job_id
from tests.bench import usage
from tests.bench.load import asked, request
from tests.bench.parts.growth import stored
from tests.bench.parts.growth.sizes import Size, grown
from tests.bench.rows import Row

BURST = 10  # requests
WARM = 20  # bursts before anything counts
BODY = {"prompt": "a lighthouse in the fog, oil on canvas, soft light, wide shot"}


class Kind(NamedTuple):
    """A kind of request, by its number."""

    name: str
    function: str
    request: Callable[[Size, int], bytes]
    expected: int
    made: Callable[[int], str] | None = None  # the id of the job that it leaves behind


def rows(sizes: Sequence[Size], rounds: int, bursts: int) -> Iterator[Row]:
    """A line a kind of request, the bounded ones among them; a value is of so many bursts."""
    for kind in KINDS:
        yield _row(kind, sizes, rounds, bursts)


def _row(kind: Kind, sizes: Sequence[Size], rounds: int, bursts: int) -> Row:
    measures = [partial(_burst, kind, each, each.servers[kind.function].pids(), count()) for each in sizes]
    turns(WARM, measures)
    taken = turns(rounds * bursts, measures)
    values = [means(each, bursts) for each in taken]
    return grown(f"{kind.name}: CPU a request", "µs", sizes, values)


def turns(number: int, measures: Sequence[Callable[[], float]]) -> list[list[float]]:
    """What each measure gives in so many turns, always in the same order."""
    taken: list[list[float]] = [[] for _ in measures]
    for _ in range(number):
        for measure, values in zip(measures, taken, strict=True):
            values.append(measure())
    return taken


def means(values: Sequence[float], of: int) -> list[float]:
    """The mean of each so many values."""
    return [fmean(values[start : start + of]) for start in range(0, len(values), of)]


def _burst(kind: Kind, of: Size, pids: Sequence[int], numbers: Iterator[int]) -> float:
    """Microseconds a request. What it stores is taken out again: so many are stored as is said.

    Raises:
        RuntimeError: an answer has another status than is expected.
    """
    burst = [next(numbers) for _ in range(1 + BURST)]
    first, *sent = [kind.request(of, number) for number in burst]
    with of.servers[kind.function].connect() as connection:
        answers = [asked(connection, first)]  # by then the connection is taken, which none of those that count pays
        before = usage.cpu(pids)
        answers += [asked(connection, each) for each in sent]
        spent = usage.cpu(pids) - before
    for answer in answers:
        if answer.status != kind.expected:
            raise RuntimeError(f"{kind.name}: {answer.status} {answer.body[:2000].decode(errors='replace')}")
    if kind.made:
        of.filling.remove("jobs", map(kind.made, burst))
    return spent / BURST * 1e6


def _submit(key: str) -> bytes:
    return request("POST", "/v1/jobs", BODY, {"idempotency-key": key})


KINDS = (
    Kind(
        "submit", "submit", lambda _, number: _submit(f"new-{number}"), 202,
        made=lambda number: job_id(stored.TENANT, "job", f"new-{number}"),
    ),
    Kind("replay", "submit", lambda _, __: _submit("again"), 202),  # its job stays, from before the first value
    Kind("status", "status", lambda of, _: request("GET", f"/v1/jobs/{stored.finished(of.number)}"), 200),
)  # fmt: skip
