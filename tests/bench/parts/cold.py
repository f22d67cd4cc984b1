"""Cold start, peak memory and imports: our functions beside bare ones, each spawned anew for each value.

A start is from spawning functions-framework to the first correct answer. A bare function has the same server, settings
and versions, imports the same Google clients and makes the same calls; that of `generate` has the same model, too.
"""

import base64
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.bench.importing import imports
from tests.bench.load import Answer, asked, request
from tests.bench.pairing import interleaved
from tests.bench.rows import Row
from tests.bench.servers import World, bare, ours, server, world

ROUNDS, QUICK_ROUNDS = 15, 5
MOST_WRONG = 2000  # characters shown of a wrong answer


class First(NamedTuple):
    """What one start gave."""

    milliseconds: float
    cpu: float  # milliseconds of processor time, which what else the machine does changes little
    peak: float  # MB


class Start(NamedTuple):
    """A first request to a function, and whether its answer is right."""

    function: str
    ask: Callable[[], bytes]
    right: Callable[[Answer], bool]
    what: str = "cold start"


def run(*, quick: bool) -> list[Row]:
    """Time and memory by function, then what the imports take."""
    rounds = QUICK_ROUNDS if quick else ROUNDS
    rows = []
    with world() as around:
        for start in _starts(around):
            rows += _rows(start, around, rounds)
    for function in ("submit", "status", "generate"):
        rows += imports(function, rounds)
    return rows


def _starts(around: World) -> Sequence[Start]:
    job = _submitted(around, "a lighthouse in the fog", "imagen-4.0-generate-001")
    return (
        Start("submit", lambda: request("POST", "/v1/jobs", {"prompt": "a fox"}), lambda answer: answer.status == 202),
        Start("status", lambda: request("GET", f"/v1/jobs/{job}"), lambda answer: answer.json()["id"] == job),
        Start("generate", _delivery(around), _done, "cold start and a painted job"),
    )


def _rows(start: Start, around: World, rounds: int) -> list[Row]:
    def first(source: Path) -> Callable[[], First]:
        return lambda: _first(source, start, around)

    two = first(ours(start.function)), first(bare(start.function))
    interleaved(1, *two)  # their .pyc are written, and their files read
    mine, theirs = interleaved(rounds, *two)

    def row(what: str, unit: str, field: Callable[[First], float]) -> Row:
        return Row(f"{start.function}: {what}", unit, [*map(field, mine)], [*map(field, theirs)], "bare")

    return [
        row(start.what, "ms", lambda each: each.milliseconds),
        row(f"CPU of the {start.what}", "ms", lambda each: each.cpu),
        row("peak memory", "MB", lambda each: each.peak),
    ]


def _first(source: Path, start: Start, around: World) -> First:
    sent = start.ask()
    began = time.perf_counter()
    with server(source, around.environment) as spawned:
        with spawned.connect() as connection:
            answer = asked(connection, sent)
        taken = time.perf_counter() - began
        if not start.right(answer):
            raise RuntimeError(
                f"{source} answered {answer.status}: {answer.body[:MOST_WRONG].decode(errors='replace')}"
            )
        return First(taken * 1000, spawned.cpu() * 1000, spawned.peak())


def _delivery(around: World) -> Callable[[], bytes]:
    """Each time the message of another job, which waits to be painted."""
    jobs = iter(_painted_jobs(around))
    return lambda: message(next(jobs))


def _painted_jobs(around: World) -> Sequence[str]:
    with server(ours("submit"), around.environment) as submit, submit.connect() as connection:
        asks = [
            request("POST", "/v1/jobs", {"prompt": f"fox {n}", "model": "placeholder"}) for n in range(2 * ROUNDS + 2)
        ]
        return [asked(connection, each).json()["id"] for each in asks]


def _submitted(around: World, prompt: str, model: str) -> str:
    with server(ours("submit"), around.environment) as submit, submit.connect() as connection:
        job: str = asked(connection, request("POST", "/v1/jobs", {"prompt": prompt, "model": model})).json()["id"]
        return job


def message(job: str) -> bytes:
    """A push of Pub/Sub that names a job."""
    named = {"data": base64.b64encode(job.encode()).decode(), "attributes": {"job_id": job}, "messageId": "1"}
    return request("POST", "/", {"message": named, "subscription": "projects/p/subscriptions/s"})


def _done(answer: Answer) -> bool:
    return answer.status == 200 and answer.json()["result"] == "done"
