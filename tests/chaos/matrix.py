"""One cell of the kill matrix: what was done to a job, and what became of it."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from tests.chaos.points import Cell
from tests.chaos.rig import LEASE_SECONDS, Rig, changes, spent
from tests.chaos.scenarios import START, Case
from tests.waiting import until


class Row(NamedTuple):
    """What became of the job; everything but `calls` is to be 0."""

    cell: Cell
    lost: int  # jobs without their picture, or whose receiver was not told, or not in order
    doubled: int  # jobs, sets of artifacts and ends beyond the one
    unbooked: int  # calls of the model that no spend accounts for, or spends that are not the ledger's
    left_over: int  # objects under its prefix that it does not reference
    calls: int  # of the model
    job_id: str

    @property
    def is_good(self) -> bool:
        """Whether it is as promised."""
        return not (self.lost or self.doubled or self.unbooked or self.left_over) and self.calls <= self.cell.most_calls


def run(rig: Rig, cell: Cell) -> Row:
    """Do what the cell says to a new job, repair, and look."""
    called = rig.model_calls()
    case = START[cell.scenario](rig)
    if cell.scenario == "a picture made before":  # by a call that is another job's
        called = rig.model_calls()
    with ThreadPoolExecutor(1) as threads:
        with rig.struck(cell, case.id) as strikes:
            begun = threads.submit(case.begin)
            until(lambda: strikes() > 0)
            if cell.variant != "answer lost":
                rig.kill(cell.point.function)
                if cell.point.function == "generate":
                    rig.clock.advance(LEASE_SECONDS + 1)  # while nobody can be at work on it
                rig.running.restart(cell.point.function)
        begun.result()
    rig.submitted(case.body, case.key)
    rig.settle(case.id, case.events)
    return look(rig, case, cell, called)


def look(rig: Rig, case: Case, cell: Cell, called: int) -> Row:
    """What has become of the case, since when the model had been called `called` times."""
    job = rig.stored(case.id) or {}
    calls = rig.model_calls() - called
    received = rig.receiver.told(case.id)
    told = received == sorted(received) and [kind for _, kind in received] == changes(job, case.events)
    there = set(rig.objects(case.id))
    referenced = _referenced(job)
    has_picture = job["status"] == "completed" and len(job["artifacts"]) == 1 and referenced <= there
    paid = [spend for spend in job.get("spend", ()) if spend["actual_micros"] != 0]
    ends = sum(moment["status"] == "completed" for moment in job["timeline"])
    jobs = len(rig.inside.documents(idempotency_key=case.key))
    return Row(
        cell=cell,
        lost=int(not (told and has_picture)),
        doubled=(jobs - 1) + (len(job.get("artifacts", ())) - 1) + (ends - 1),
        unbooked=max(0, calls - len(paid)) + int(rig.ledger(case.id) != spent(job)),
        left_over=len(there - referenced),
        calls=calls,
        job_id=case.id,
    )


def _referenced(job: dict[str, Any]) -> set[str]:
    images = job.get("artifacts", ())
    names = {_name(image) for image in images}
    beside = {_name(image[kind]) for image in images for kind in ("original", "thumbnail") if image.get(kind)}
    return names | {f"{name}.json" for name in names} | beside | {_name(given) for given in job.get("inputs", ())}


def _name(stored: dict[str, Any]) -> str:
    name: str = stored["uri"].split("/", 3)[3]
    return name


def table(rows: Iterable[Row]) -> str:
    """The rows as a table of points, a line each."""
    head = f"{'scenario':22} {'function':9} {'side effect':24} {'variant':14} lost doubled unbooked left-over calls"
    lines = [
        f"{row.cell.scenario:22} {row.cell.point.function:9} {row.cell.point.what:24} {row.cell.variant:14} "
        f"{row.lost:4} {row.doubled:7} {row.unbooked:8} {row.left_over:9} {row.calls:5}"
        for row in rows
    ]
    rows = list(rows)
    sums = [sum(row[place] for row in rows) for place in range(1, 6)]  # type: ignore[misc]
    total = f"{len(rows)} cells{'':64} {sums[0]:4} {sums[1]:7} {sums[2]:8} {sums[3]:9} {sums[4]:5}"
    return "\n".join([head, *lines, total])
