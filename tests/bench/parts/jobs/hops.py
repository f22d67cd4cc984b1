"""Where the time of one job goes, while no other is in flight: by the calls that reach the local cloud.

    submit ─> Commit ─> Publish ─> Deliver ─> … ─> the model has answered ─> … ─> Commit ─> told
            └─ a hop: from one call's arrival to the next one's ─┘

The cloud keeps the calls of a job, with the times at which they arrive, by the machine's one clock. That costs it
something, too: the sum of the hops is a little more than the time without. When the model's answer has been read, says
the log of `generate`.
"""

import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from statistics import median
from typing import Any, NamedTuple

from tests.bench.parts.jobs.cells import lead
from tests.bench.parts.jobs.loop import closed_loop
from tests.bench.parts.jobs.ours import Ours
from tests.bench.rows import Row

# What a call is for, by its method and its place among the job's calls of that method.
NAMES: Mapping[tuple[str, int], str] = {
    ("Commit", 1): "submit: the job's create",
    ("Publish", 1): "submit: its announcement",
    ("Deliver", 1): "its push is sent",
    ("GetDocument", 1): "claim: the job is read",
    ("Commit", 2): "claim: it is written",
    ("GetDocument", 2): "its render record is read",
    ("Commit", 3): "the commit before the model's call",
    ("model called", 1): "the model's answer is read, beyond its time",
    ("Commit", 4): "the commit after it",
    ("objects.insert", 1): "upload: the first object",
    ("objects.insert", 2): "upload: the second object",
    ("Commit", 5): "the last commit",
}
AFTER_MODEL = ("model called", 1)
TOLD = ("told", 1)

Key = tuple[str, int]
Arrival = tuple[Key, float]


class Traced(NamedTuple):
    """A job's calls, in their order: when each arrived, in ms since the submit; told is the last."""

    arrivals: Sequence[Arrival]


async def traced(side: Ours, count: int, milliseconds: int) -> list[Traced]:
    """Run so many jobs, one after the other."""
    lead(side)
    return [await _one(side, milliseconds) for _ in range(count)]


async def _one(side: Ours, milliseconds: int) -> Traced:
    with side.running.control.tracing() as calls:
        began = time.time()
        run = await closed_loop(side, 1, 1, milliseconds)
        told = (TOLD, run.jobs[0].total * 1000)
        answered = (AFTER_MODEL, (_answered(side.running.log("generate")) - began) * 1000)
        return Traced([*arrivals(calls(), began), answered, told])


def _answered(log: str) -> float:
    """When the last model's answer was read, in seconds since the epoch."""
    line = next(line for line in reversed(log.splitlines()) if f'"{AFTER_MODEL[0]}"' in line)
    return datetime.fromisoformat(json.loads(line)["time"]).timestamp()


def arrivals(calls: Sequence[Mapping[str, Any]], began: float) -> list[Arrival]:
    """Each call's key and the ms since `began`, of a trace of one job."""
    seen: Counter[str] = Counter()
    found = []
    for call in calls:
        seen[call["method"]] += 1
        found.append(((call["method"], seen[call["method"]]), (call["at"] / 1e6 - began) * 1000))
    return found


def rows(jobs: Sequence[Traced], milliseconds: int) -> list[Row]:
    """A row for each hop, in the order of the calls: the ms from the call before it, of each job.

    Calls that are not in every job, as those that are made once a minute, are left out.
    """
    times = [dict(job.arrivals) for job in jobs]
    common = [key for key, _ in jobs[0].arrivals if all(key in each for each in times)]
    common.sort(key=lambda key: median(each[key] for each in times))
    found = []
    for number, key in enumerate(common):
        before = common[number - 1] if number else None
        beyond = milliseconds if key == AFTER_MODEL else 0
        taken = [each[key] - (each[before] if before else 0) - beyond for each in times]
        found.append(Row(f"hop {number + 1}: {_name(key)}", "ms", taken))
    return found


def _name(key: Key) -> str:
    method, place = key
    return "told" if key == TOLD else NAMES.get(key, f"{method} {place}")
