"""The state machine: what may follow what, and what every change of status keeps."""

import ast
from datetime import timedelta
from itertools import pairwise
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.errors import IllegalTransition
from shared.domain.job import HELD, MAX_TIMELINE, TERMINAL, TRANSITIONS, Job, Spend, Status, moved
from tests.builders import JOB_ID, a_job, a_job_in, a_lease
from tests.fakes.clock import NOON
from tests.processes import ROOT

STATUSES: tuple[Status, ...] = get_args(Status)
ILLEGAL = [(a, b) for a in STATUSES for b in STATUSES if b not in TRANSITIONS[a]]


def test_the_table_names_every_status_once() -> None:
    """Each status has its row, and leads only to statuses that exist."""
    assert set(TRANSITIONS) == set(STATUSES)
    assert set().union(*TRANSITIONS.values()) <= set(STATUSES)


def test_only_a_user_leads_out_of_an_end() -> None:
    """Completed and canceled jobs stay so; a failed one can only be queued again."""
    assert {status: TRANSITIONS[status] for status in TERMINAL} == {
        "completed": frozenset(),
        "canceled": frozenset(),
        "failed": frozenset({"queued"}),
    }


def test_every_living_job_can_be_canceled_and_can_fail() -> None:
    """No status before the end is a trap."""
    assert all({"canceled", "failed"} <= TRANSITIONS[status] for status in set(STATUSES) - TERMINAL)


def test_only_an_uploading_job_completes() -> None:
    """A job without uploaded images is never completed."""
    assert [status for status in STATUSES if "completed" in TRANSITIONS[status]] == ["uploading"]


@pytest.mark.parametrize(("here", "there"), ILLEGAL)
def test_every_pair_outside_the_table_raises(here: Status, there: Status) -> None:
    """An illegal change is a defect that says which."""
    job = msgspec.structs.replace(a_job(), status=here)
    with pytest.raises(IllegalTransition, match=f"{JOB_ID} cannot go from {here} to {there}"):
        moved(job, there, NOON)


@given(st.data())
def test_a_walk_through_the_table_keeps_sequence_timeline_and_lease(data: st.DataObject) -> None:
    """On any legal way the sequence rises by one a step, the timeline is bounded, and only a held job has a lease."""
    walked: list[Job] = [a_job()]
    for step in range(data.draw(st.integers(0, 2 * MAX_TIMELINE))):
        ways = sorted(TRANSITIONS[walked[-1].status])
        if not ways:
            break
        status: Status = data.draw(st.sampled_from(ways))
        lease: dict[str, Any] = {"lease": a_lease()} if status == "processing" else {}
        walked.append(moved(walked[-1], status, NOON + timedelta(seconds=step), **lease))
    for before, after in pairwise(walked):
        assert after.status_sequence == before.status_sequence + 1
        assert after.timeline[-1].status == after.status
        assert after.timeline[-1].at == after.updated_at
        assert after.timeline[0] == walked[0].timeline[0]
        assert len(after.timeline) <= MAX_TIMELINE
        assert (after.lease is not None) == (after.status in HELD)
        assert after.created_at == walked[0].created_at


def test_a_moment_names_the_attempt_and_the_note() -> None:
    """The timeline says in which attempt something happened, and why."""
    job = moved(a_job(), "processing", NOON, note="taken over", attempt_count=3, lease=a_lease())
    assert (job.timeline[-1].attempt, job.timeline[-1].note) == (3, "taken over")


def test_a_change_leaves_the_job_before_it_as_it_was() -> None:
    """Jobs are values."""
    job = a_job()
    moved(job, "canceled", NOON)
    assert job == a_job()


@pytest.mark.parametrize(("seconds", "held"), [(1, True), (0, False), (-1, False)])
def test_a_lease_holds_until_the_moment_it_expires(seconds: int, held: bool) -> None:  # noqa: FBT001 - a table
    """At its very end a lease is over."""
    assert a_job_in("processing", lease=a_lease(seconds=0)).held(NOON - timedelta(seconds=seconds)) is held


def test_a_job_without_a_lease_is_not_held() -> None:
    """A queued job is free."""
    assert not a_job().held(NOON)


@pytest.mark.parametrize("field", ["not_before", "next_attempt_at"])
def test_a_job_is_due_from_the_moment_named(field: str) -> None:
    """Both a wish to start late and a back-off must have passed."""
    job = a_job(**{field: NOON})
    assert job.due(NOON)
    assert not job.due(NOON - timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("actual", "total"), [([], 0), ([0], 0), ([40_000, 20_000], 60_000), ([40_000, None], None), ([None], None)]
)
def test_a_cost_is_unknown_as_soon_as_one_call_s_is(actual: list[int | None], total: int | None) -> None:
    """Unknown is not zero, and nothing spent is."""
    spend = tuple(Spend(attempt=1, estimated_micros=40_000, actual_micros=amount) for amount in actual)
    assert a_job(spend=spend).actual_micros == total


@pytest.mark.parametrize("end", ["failed", "canceled"])
def test_an_ended_job_waits_for_none(end: Status) -> None:
    """Else its leader would announce it, in the place of one that does wait."""
    assert moved(a_job(waiting_for="b" * 26), end, NOON).waiting_for is None


def test_whatever_makes_a_new_version_says_when() -> None:
    """Who follows a tenant's jobs, or comes back to them, asks for what changed since."""
    changes = 0
    for path in (*(ROOT / "shared/domain").rglob("*.py"), *(ROOT / "shared/use_cases").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named: set[object] = set()
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("structs.replace"):
                named = {keyword.arg for keyword in node.keywords}
            elif isinstance(node, ast.Dict):
                named = {key.value for key in node.keys if isinstance(key, ast.Constant)}
            if "status_sequence" in named:
                changes += 1
                assert "updated_at" in named, f"{path}: {ast.unparse(node)}"
    assert changes > 2
