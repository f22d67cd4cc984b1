"""What a tenant spent."""

from datetime import timedelta
from typing import Any

import pytest

from shared.domain.errors import Rejected
from shared.domain.ledger import Entry
from shared.use_cases.usage import MAX_ENTRIES, ReadUsage, Spent
from tests.builders import an_entry
from tests.fakes.clock import NOON
from tests.fakes.ledger import FakeLedger

WINDOW = (NOON, NOON + timedelta(days=9))


def _usage(*entries: Entry) -> ReadUsage:
    return ReadUsage(FakeLedger(list(entries)))


def _at(day: int, **changes: Any) -> Entry:
    return an_entry(at=NOON + timedelta(days=day), **changes)


async def test_a_sum_is_made_in_all_and_by_group() -> None:
    """Money in micro-USD; a call whose outcome is unknown is counted as one."""
    usage = _usage(_at(0, micros=40), _at(0, micros=2, calls=2, unknown_calls=1), _at(2, micros=0, calls=0, images=0))
    found = await usage("local", *WINDOW, {}, "day")
    assert found.total == Spent(jobs=3, images=2, calls=3, micros=42, unknown_calls=1)
    assert [(key, spent.micros) for key, spent in found.groups] == [("2026-11-21", 42), ("2026-11-23", 0)]


async def test_what_has_no_project_is_a_group_of_its_own() -> None:
    """The first one."""
    usage = _usage(_at(0, project_id="p"), _at(0), _at(1, project_id="p"))
    found = await usage("local", *WINDOW, {}, "project_id")
    assert [(key, spent.jobs) for key, spent in found.groups] == [(None, 1), ("p", 2)]
    found = await usage("local", *WINDOW, {"project_id": "p"}, "model")
    assert found.total.jobs == 2


async def test_a_window_with_too_much_in_it_is_refused() -> None:
    """No sum is passed off as whole that is not."""
    with pytest.raises(Rejected, match="shorter"):
        await _usage(*[_at(0)] * (MAX_ENTRIES + 1))("local", *WINDOW, {}, "day")
