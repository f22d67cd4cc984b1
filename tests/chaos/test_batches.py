"""`submit` is killed with -9 while it records a batch: nothing of the batch is left, or all of it runs."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import uuid4

import httpx
import pytest

from shared.idempotency import job_id
from shared.use_cases.record_children import TOGETHER
from tests.chaos.conftest import LONG
from tests.chaos.rig import Rig
from tests.waiting import until

ITEMS = TOGETHER + 1  # two commits
LATER = "2090-01-01T00:00:00Z"  # all but one of the jobs begin then: nobody waits for hundreds of pictures
COMMIT, PUBLISH = ("firestore", "Commit"), ("pubsub", "Publish")


class Kill(NamedTuple):
    """A side effect of `submit`, and whether it is killed before or after it."""

    what: str
    call: tuple[str, str]
    containing: str
    skip: int
    effect: str

    def __str__(self) -> str:
        return f"{self.what}, killed {'before' if self.effect == 'hold' else 'after'}"

    @property
    def is_queued(self) -> bool:
        """Whether all of it was recorded by then."""
        return self.what == "announce" or (self.what == "queue" and self.effect == "hold_response")


POINTS = (
    ("record the batch", COMMIT, "/documents/batches/", 0),
    ("record some of its jobs", COMMIT, "/documents/jobs/", 0),
    ("record the others", COMMIT, "/documents/jobs/", 1),
    ("queue", COMMIT, "/documents/batches/", 1),
    ("announce", PUBLISH, '/topics/jobs-batch"', 0),
)
KILLS = [Kill(*point, effect) for point in POINTS for effect in ("hold", "hold_response")]
AFTER_FIRST, AFTER_SOME, BEFORE_QUEUED, BEFORE_ANNOUNCED = KILLS[1], KILLS[3], KILLS[6], KILLS[8]


@dataclass
class Case:
    """One batch."""

    rig: Rig
    key: str = field(default_factory=lambda: uuid4().hex)
    nonce: str = field(default_factory=lambda: uuid4().hex)

    @property
    def id(self) -> str:
        """The batch's."""
        return job_id("local", "batch", self.key)

    def post(self) -> httpx.Response | None:
        """Ask for it; None where `submit` died over it."""
        items: list[dict[str, Any]] = [{"prompt": f"boat {self.nonce} {number}"} for number in range(ITEMS)]
        body = {"items": [items[0], *({**item, "not_before": LATER} for item in items[1:])]}
        try:
            return self.rig.api.http.post("/v1/batches", json=body, headers={"Idempotency-Key": self.key})
        except httpx.HTTPError:
            return None

    def document(self) -> dict[str, Any] | None:
        """The batch, as it is stored."""
        found: dict[str, Any] | None = self.rig.inside.database.collection("batches").document(self.id).get().to_dict()
        return found

    def jobs(self) -> list[dict[str, Any]]:
        """Its jobs, as they are stored."""
        return self.rig.inside.documents(parent_id=self.id)

    def strike(self, kill: Kill) -> None:
        """Ask for it, and kill `submit` there."""
        rule: dict[str, Any] = {"effect": kill.effect, "containing": [kill.containing], "skip": kill.skip, "count": 1}
        with ThreadPoolExecutor(1) as threads:
            with self.rig.control.fault(*kill.call, **rule) as fault:
                begun = threads.submit(self.post)
                until(lambda: self.rig.control.hits(fault) > 0)
                self.rig.kill("submit")
                self.rig.running.restart("submit")
            begun.result()

    def runs(self) -> bool:
        """Whether the one job that may begin has completed; all are there, once, and the batch knows of it."""
        shown = self.rig.api.http.get(f"/v1/batches/{self.id}").json()
        return bool(shown["counts"]["completed"] == 1 and shown["counts"]["queued"] == ITEMS - 1)

    def clear(self) -> None:
        """Leave nothing of it to later tests."""
        database = self.rig.inside.database
        batch = database.batch()
        for job in self.jobs():
            batch.delete(database.collection("jobs").document(job["id"]))
        batch.delete(database.collection("batches").document(self.id))
        batch.commit()


@pytest.fixture
def case(the_rig: Rig) -> Iterator[Case]:
    """A batch that nobody has asked for yet."""
    made = Case(the_rig)
    yield made
    made.clear()


@pytest.mark.parametrize("kill", KILLS if LONG else [AFTER_SOME, BEFORE_QUEUED], ids=str)
def test_a_repeat_goes_on_with_it(case: Case, kill: Kill) -> None:
    """Each job is there once, under the ids of the first try, and runs."""
    case.strike(kill)
    before = {job["id"] for job in case.jobs()}
    answer = case.post()
    assert answer is not None
    assert (answer.status_code, answer.json()["jobs"]) == (202, ITEMS)
    jobs = case.jobs()
    assert len(jobs) == len({job["parent_index"] for job in jobs}) == ITEMS
    assert before <= {job["id"] for job in jobs}
    case.rig.clock.advance(121)  # it may be recorded, and not announced
    case.rig.sweep()
    until(case.runs)


@pytest.mark.parametrize("kill", KILLS if LONG else [AFTER_FIRST, AFTER_SOME, BEFORE_ANNOUNCED], ids=str)
def test_without_a_repeat_all_of_it_runs_or_nothing_is_left(case: Case, kill: Kill) -> None:
    """As it was queued or not; what is taken back can be asked for anew, with the same key."""
    case.strike(kill)
    case.rig.clock.advance(301)
    case.rig.sweep()
    if kill.is_queued:
        until(case.runs)
        return
    assert (case.document(), case.jobs()) == (None, [])
    again = case.post()
    assert again is not None
    assert (again.status_code, again.headers.get("idempotency-replayed")) == (202, None)
    until(case.runs)
