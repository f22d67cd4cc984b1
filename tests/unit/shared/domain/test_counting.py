"""What a job counts as."""

from datetime import timedelta
from typing import Any

import pytest

from shared.domain.counting import begin_of, cache_use_of
from tests.builders import a_job
from tests.fakes.clock import NOON


@pytest.mark.parametrize(
    ("job", "begins"),
    [
        ({"attempt_count": 1}, "at_once"),
        ({"attempt_count": 1, "not_before": NOON + timedelta(hours=1)}, "not_before"),
        ({"attempt_count": 2}, "again"),
        ({"attempt_count": 2, "not_before": NOON}, "again"),
    ],
)
def test_only_a_first_attempt_that_nothing_held_back_shows_how_long_the_queue_is(
    job: dict[str, Any], begins: str
) -> None:
    """A wait that was asked for, or that follows a failure, is no late start."""
    assert begin_of(a_job(**job)) == begins


@pytest.mark.parametrize(
    ("cache", "cached", "use"),
    [("reuse", True, "hit"), ("reuse", False, "miss"), ("refresh", False, "refresh"), ("off", False, "off")],
)
def test_only_who_asks_the_cache_hits_or_misses(cache: str, cached: bool, use: str) -> None:  # noqa: FBT001 - a column of the table
    """The others did not want it."""
    assert cache_use_of(a_job(cache=cache, cached=cached)) == use
