"""How many calls at once a model takes is learnt, against simulated vendors."""

import heapq
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.providers.limit import FIRST, Limit
from tests.fakes.clock import FakeClock

CALL, REFUSAL = 0.040, 0.004  # seconds until an answer, and until a 429


class Seen(NamedTuple):
    """What some calls in a row met."""

    refused: int
    seconds: float


class Vendor:
    """Takes `at_once` calls and refuses more; whoever asks it wants as many as he may."""

    def __init__(self, at_once: int, *, seed: int = 0) -> None:
        self.at_once = at_once
        self.clock = FakeClock()
        self.limit = Limit(self.clock)
        self._random = Random(seed)  # noqa: S311 - no secret
        self._working: list[tuple[float, bool]] = []  # (when it ends, refused)
        self._time = 0.0

    def ended(self, calls: int) -> Seen:
        """So many more calls ended."""
        begun, refused = self._time, 0
        for _ in range(calls):
            while len(self._working) < self.limit.most:
                full = sum(not gone for _, gone in self._working) >= self.at_once
                spread = self._random.uniform(0.7, 1.3)
                heapq.heappush(self._working, (self._time + (REFUSAL if full else CALL) * spread, full))
            time, gone = heapq.heappop(self._working)
            self.clock.move(time - self._time)
            self._time = time
            (self.limit.refused if gone else self.limit.answered)(len(self._working))
            refused += gone
        return Seen(refused, self._time - begun)


@given(at_once=st.integers(1, 20), seed=st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_a_vendor_s_limit_is_found_and_rarely_overstepped(at_once: int, seed: int) -> None:
    """After 60 calls below 5 % are refused, at 80 % of its throughput or more."""
    vendor = Vendor(at_once, seed=seed)
    vendor.ended(60)
    seen = vendor.ended(200)
    assert seen.refused < 10
    assert seen.seconds <= 200 * CALL / at_once / 0.8


def test_the_limit_is_asked_beyond_ever_more_rarely() -> None:
    """Of thousands of calls, few in a thousand are refused."""
    vendor = Vendor(5)
    vendor.ended(2000)
    assert vendor.ended(2000).refused <= 6
    assert vendor.limit.most in {5, 6}


@pytest.mark.parametrize("now", [2, 40])
def test_a_limit_that_changes_is_followed(now: int) -> None:
    """Down at once, up within some hundred calls."""
    vendor = Vendor(10)
    vendor.ended(200)
    vendor.at_once = now
    vendor.ended(1500)
    assert vendor.ended(200).seconds <= 200 * CALL / now / 0.8


def test_an_allowance_a_minute_is_not_taken_for_a_limit_for_long() -> None:
    """Everything was refused for a while: soon after that all places are back."""
    vendor = Vendor(0)
    vendor.ended(100)
    assert vendor.limit.most == 1
    vendor.at_once = FIRST
    vendor.ended(60)
    assert vendor.limit.most >= FIRST // 2


def test_a_refusal_with_little_at_work_halves() -> None:
    """It was not for the number of calls at once."""
    limit = Limit(FakeClock())
    limit.refused(others=0)
    assert limit.most == FIRST // 2


def test_after_a_while_one_more_is_tried_however_few_calls_there_were() -> None:
    """A vendor of slow calls may have changed its mind."""
    clock = FakeClock()
    limit = Limit(clock)
    for others in reversed(range(5, FIRST)):
        limit.refused(others)
    clock.move(61)
    limit.answered(others=3)
    assert limit.most == 5
    limit.answered(others=4)
    assert limit.most == 6
