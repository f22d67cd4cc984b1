"""Cold start, peak memory and imports: our functions beside bare ones, each spawned anew for each value.

A start is from spawning functions-framework to the first correct answer. A bare function has the same server, settings
and versions, imports the same Google clients and makes the same calls; that of `generate` has the same model, too.
What a start takes of the processor is measured beside its time, and has the same bound: it hardly changes with the
machine's load.
"""

import base64
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from tests.bench.importing import imports
from tests.bench.load import Answer, asked, request
from tests.bench.pairing import interleaved
from tests.bench.priority import ahead
from tests.bench.rows import Row
from tests.bench.servers import World, bare, ours, server, world

FUNCTIONS = ("submit", "status", "generate", "sweep", "notify", "openai")  # whose imports are measured
STARTED = FUNCTIONS[:3]  # beside bare ones, too
ROUNDS, QUICK_ROUNDS, BESIDE_ROUNDS, OTHER_ROUNDS = 21, 7, 7, 5
DATABASE_MS = 30
OK, ACCEPTED = 200, 202
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
    """Time and memory by function, then what loading an SDK beside the claim saves, then what the imports take."""
    rounds = QUICK_ROUNDS if quick else ROUNDS
    rows = []
    with ahead() as refused, world() as around:
        for start in _starts(around, rounds):
            rows += _rows(start, around, rounds, refused)
        rows.append(_beside(around, BESIDE_ROUNDS))
    for function in FUNCTIONS:
        rows += imports(function, rounds if function in STARTED else OTHER_ROUNDS)
    return rows


def _starts(around: World, rounds: int) -> Sequence[Start]:
    (job,) = _submitted(around, "imagen-4.0-generate-001", 1)
    painted = iter(_submitted(around, "placeholder", 2 * rounds + 2))
    return (
        Start("submit", lambda: request("POST", "/v1/jobs", {"prompt": "a fox"}), _accepted),
        Start("status", lambda: request("GET", f"/v1/jobs/{job}"), lambda answer: answer.json()["id"] == job),
        Start("generate", lambda: message(next(painted), "placeholder"), _done, "cold start and a painted job"),
    )


def _beside(around: World, rounds: int) -> Row:
    """Imagen's SDK loaded while the job is claimed, and after it, as for a message that names no provider.

    Each call of the database takes as long as one in the cloud may: locally there is hardly anything to wait for.
    """
    jobs = iter(_submitted(around, "imagen-4.0-generate-001", 2 * rounds))

    def start(*provider: str) -> Callable[[], float]:
        imagen = Start("generate", lambda: message(next(jobs), *provider), _done)
        return lambda: _first(ours("generate"), imagen, around).milliseconds

    with around.cloud.control.fault("firestore", effect="delay", latency_ms=DATABASE_MS):
        beside, after = interleaved(rounds, start("imagen"), start())
    note = f"each call of the database takes {DATABASE_MS} ms here"
    return Row("generate: cold start and a job of Imagen's", "ms", beside, after, "SDK after the claim", note)


def _rows(start: Start, around: World, rounds: int, note: str) -> list[Row]:
    def first(source: Path) -> Callable[[], First]:
        return lambda: _first(source, start, around)

    two = first(ours(start.function)), first(bare(start.function))
    called = [_called(each, around) for each in two]  # by then their .pyc are written, and their files read
    calls = f"it calls {called[0]}; the bare one {called[1]}"
    mine, theirs = interleaved(rounds, *two)

    def row(what: str, unit: str, field: Callable[[First], float], note: str = "") -> Row:
        return Row(f"{start.function}: {what}", unit, [*map(field, mine)], [*map(field, theirs)], "bare", note)

    return [
        row(start.what, "ms", lambda each: each.milliseconds, "; ".join(filter(None, (note, calls)))),
        row(f"CPU of the {start.what}", "ms", lambda each: each.cpu),
        row("peak memory", "MB", lambda each: each.peak),
    ]


def _called(first: Callable[[], First], around: World) -> str:
    """What is called for one first request: whoever reads the ratio can see what is compared."""
    with around.cloud.control.tracing() as traced:
        first()
        return ", ".join(call["method"] for call in traced())


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


def _submitted(around: World, model: str, count: int) -> Sequence[str]:
    """The ids of so many new jobs, each with a prompt of its own."""
    with server(ours("submit"), around.environment) as submit, submit.connect() as connection:
        bodies = ({"prompt": f"fox {uuid4().hex}", "model": model} for _ in range(count))
        return [asked(connection, request("POST", "/v1/jobs", body)).json()["id"] for body in bodies]


def message(job: str, provider: str = "") -> bytes:
    """A push of Pub/Sub that names a job, and its provider where one is given."""
    attributes = {"job_id": job} | ({"provider": provider} if provider else {})
    named = {"data": base64.b64encode(job.encode()).decode(), "attributes": attributes, "messageId": "1"}
    return request("POST", "/", {"message": named, "subscription": "projects/p/subscriptions/s"})


def _accepted(answer: Answer) -> bool:
    return answer.status == ACCEPTED


def _done(answer: Answer) -> bool:
    return answer.status == OK and answer.json()["result"] == "done"
