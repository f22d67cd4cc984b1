"""What a batch may become, and how it ends."""

from datetime import timedelta
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.errors import IllegalTransition, Rejected
from shared.domain.job import Status
from shared.domain.parent import (
    ENDS,
    FINISHED,
    TRANSITIONS,
    UNFINISHED,
    ParentStatus,
    abandoned,
    changed,
    ended,
    known_until,
    queued,
)
from shared.domain.parent_commands import cancel, retry
from shared.domain.request import BatchWebhook
from tests.builders import a_parent
from tests.fakes.clock import NOON

STATUSES: tuple[ParentStatus, ...] = get_args(ParentStatus)


def test_the_tables_are_whole() -> None:
    """Every status has its line; a job is finished or not."""
    assert TRANSITIONS.keys() == set(STATUSES)
    assert {*UNFINISHED, *FINISHED} == set(get_args(Status))


@pytest.mark.parametrize("before", STATUSES)
@pytest.mark.parametrize("after", STATUSES)
def test_only_what_the_table_has_happens(before: ParentStatus, after: ParentStatus) -> None:
    """The sequence rises by one; what was abandoned comes to nothing more."""
    parent = a_parent(status=before)
    if after in TRANSITIONS[before]:
        assert changed(parent, after, NOON).status_sequence == 2
    else:
        with pytest.raises(IllegalTransition):
            changed(parent, after, NOON)


def test_what_is_recorded_cannot_be_abandoned_nor_the_other_way_round() -> None:
    """Whoever writes first has decided; neither holds a reservation of its own any longer."""
    for first, second in ((queued, abandoned), (abandoned, queued)):
        parent = first(a_parent(), NOON)
        assert parent.reservations == ()
        with pytest.raises(IllegalTransition):
            second(parent, NOON)


@pytest.mark.parametrize(
    ("completed", "failed", "canceled", "asked", "status"),
    [
        (3, 0, 0, False, "completed"),
        (3, 0, 0, True, "completed"),
        (2, 1, 0, False, "completed_with_failures"),
        (2, 0, 1, False, "completed_with_failures"),
        (0, 3, 0, False, "failed"),
        (0, 2, 1, False, "failed"),
        (0, 0, 3, False, "canceled"),
        (2, 0, 1, True, "canceled"),
        (0, 2, 1, True, "canceled"),
        (2, 1, 0, True, "completed_with_failures"),
        (0, 0, 0, False, "canceled"),
    ],
)
def test_an_end_says_what_has_become_of_the_jobs(
    completed: int, failed: int, canceled: int, *, asked: bool, status: str
) -> None:
    """Canceled is one that was asked to be, where that came in time for any of them."""
    parent = a_parent(status="running", cancel_requested=asked)
    over = ended(parent, {"completed": completed, "failed": failed, "canceled": canceled}, NOON)
    assert (over.status, over.completed_at, over.wake_at) == (status, NOON, None)


@given(st.tuples(*[st.integers(0, 3)] * 3), st.booleans())
def test_to_end_twice_changes_nothing(counts: tuple[int, int, int], asked: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    """Whoever comes second finds it done."""
    by_status = dict(zip(FINISHED, counts, strict=True))
    over = ended(a_parent(status="queued", cancel_requested=asked), by_status, NOON)
    assert over.status in ENDS
    assert ended(over, by_status, NOON + timedelta(hours=1)) is over


def test_commands_are_refused_where_there_is_nothing_to_do() -> None:
    """To cancel twice is no mistake; to cancel what ended otherwise, or to retry what goes on, is."""
    asked = cancel(a_parent(status="running"), NOON)
    assert cancel(asked, NOON) is asked
    assert cancel(a_parent(status="canceled"), NOON).pages is None
    for status in ("completed", "failed", "completed_with_failures"):
        with pytest.raises(Rejected):
            cancel(a_parent(status=status), NOON)
    for status in ("queued", "running", "completed", "canceled"):
        with pytest.raises(Rejected):
            retry(a_parent(status=status), NOON)
    again = retry(a_parent(status="failed", cancel_requested=True, purge_at=NOON), NOON)
    assert (again.status, again.cancel_requested, again.purge_at) == ("running", False, None)


def test_a_key_is_known_for_a_week_beyond_the_retention() -> None:
    """While it goes on, at least so long; for ever where nothing is ever removed."""
    assert known_until(a_parent()) is None
    kept = a_parent(status="running", retention_seconds=3600)
    soon = NOON + timedelta(hours=1, days=7)
    assert known_until(kept) == soon
    over = ended(kept, {"completed": 3}, NOON + timedelta(hours=2))
    assert known_until(over) == over.purge_at == soon + timedelta(hours=2)
    assert known_until(msgspec.structs.replace(kept, status="running", updated_at=NOON)) == soon


def test_an_end_that_is_not_told_yet_is_told_after_another_one_too() -> None:
    """Though nobody wants to hear of that one: `sweep` goes on looking."""
    hook = BatchWebhook(url="https://receiver.test/hook", events=("batch.failed",))
    failed = ended(a_parent(status="running", webhook=hook), {"failed": 1}, NOON)
    assert [event.type for event in failed.outbox] == ["batch.failed"]
    completed = ended(retry(failed, NOON), {"completed": 1}, NOON)
    assert (completed.outbox, completed.wake_at) == (failed.outbox, NOON + timedelta(minutes=2))
