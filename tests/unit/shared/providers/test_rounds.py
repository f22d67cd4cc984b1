"""Several calls for one job at once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.errors import Canceled, ProviderError
from shared.domain.missing import Missing
from shared.domain.safety import Safety
from shared.ports import Outcome, Picture
from shared.providers.gates import Gate
from shared.providers.retrying import MAX_RETRIES, Run
from shared.providers.rounds import One, make_all
from tests.builders import a_picture
from tests.fakes.checkpoint import FakeCheckpoint
from tests.fakes.clock import NOON, FakeClock

EACH = 7  # micro-USD, as a_picture's
BUSY = ProviderError("RATE_LIMIT", "model_rate_limit", "Busy.", retry_after=25)
LOST = ProviderError("TEMPORARY", "model_unavailable", "Lost.", billed="unknown")
JUNK = ProviderError("TEMPORARY", "not_an_image", "Junk.", billed="yes")
SHUT = ProviderError("TEMPORARY", "circuit_open", "Shut.", counts=False)
REFUSED = ProviderError("PERMANENT", "safety_blocked", "No.", safety=Safety(filtered="image", categories=("hate",)))
GONE = Missing(code="safety_blocked", message="No.", safety=REFUSED.safety)
End = Outcome | BaseException


def came(seed: int = 0, cost: int | None = EACH, *missing: Missing) -> Outcome:
    """An answer with a picture."""
    return Outcome(pictures=(a_picture(seed),), cost_micros=cost, missing=missing)


class OpenGate(Gate):
    """It lets everybody through, whatever happened before."""

    @asynccontextmanager
    async def slot(self, deadline: datetime) -> AsyncIterator[None]:  # noqa: ARG002 - nobody waits
        """See Gate.slot."""
        yield


class Calls:
    """Calls that end as they are told, one end after the other; the last one stays."""

    def __init__(self, *ends: Sequence[End], images: int = 1, estimate: int | None = EACH) -> None:
        clock = FakeClock()
        self.checkpoint = FakeCheckpoint(clock)
        self.made = [0] * len(ends)
        self._ends = ends
        self._run = Run(OpenGate("model", clock), clock, NOON + timedelta(hours=1), self.checkpoint)
        self._ones = [One(self._make(index), estimate, images) for index in range(len(ends))]

    def _make(self, index: int) -> Any:
        async def make() -> Outcome:
            end = self._ends[index][min(self.made[index], len(self._ends[index]) - 1)]
            self.made[index] += 1
            if isinstance(end, BaseException):
                raise end
            return end

        return make

    async def outcome(self) -> Outcome:
        """All of them as one."""
        return await self.outcome_of(*self._ones)

    async def outcome_of(self, *ones: One) -> Outcome:
        """Of other calls."""
        return await make_all(self._run, ones)

    def made_by(self, index: int) -> Callable[[], Awaitable[Outcome]]:
        """One of the calls."""
        return self._ones[index].make

    async def refused(self) -> ProviderError:
        """Why nothing came."""
        with pytest.raises(ProviderError) as refusal:
            await self.outcome()
        return refusal.value


async def test_calls_that_succeed_are_one_outcome() -> None:
    """In their order, at what all of them cost; nothing is booked again."""
    calls = Calls([came(1)], [came(2, EACH, GONE)], [came(3)])
    outcome = await calls.outcome()
    assert [picture.seed for picture in outcome.pictures] == [1, 2, 3]
    assert (outcome.cost_micros, outcome.missing, calls.checkpoint.booked) == (3 * EACH, (GONE,), [])


async def test_a_round_is_booked_as_one() -> None:
    """The calls still to be made, and no other; the last one is settled at what came."""
    calls = Calls([came(1)], [BUSY, came(2)], [BUSY, came(3)])
    assert (await calls.outcome()).cost_micros == 2 * EACH
    assert (calls.made, calls.checkpoint.booked) == ([1, 2, 2], [2 * EACH])
    assert [(error.cost_micros, error.retry_after) for error in calls.checkpoint.failed] == [(EACH, 25)]


async def test_what_came_is_kept_when_a_call_fails_for_good() -> None:
    """All images that it was to bring are missing, each with why, where they would have been."""
    calls = Calls([REFUSED], [came(2, EACH, GONE)], [BUSY], images=2)
    outcome = await calls.outcome()
    assert [gone.code for gone in outcome.missing] == ["safety_blocked"] * 3 + ["model_rate_limit"] * 2
    assert (calls.made, outcome.missing[0].safety) == ([1, 1, MAX_RETRIES + 1], REFUSED.safety)


async def test_an_answer_that_was_paid_is_not_asked_for_again() -> None:
    """Whatever becomes of the others; for another attempt it may be."""
    beside = Calls([JUNK], [BUSY, came(2)])
    assert [(gone.code, gone.billed) for gone in (await beside.outcome()).missing] == [("not_an_image", "yes")]
    assert (beside.made, beside.checkpoint.booked) == ([1, 2], [EACH])
    alone = Calls([JUNK], [JUNK])
    error = await alone.refused()
    assert (error.kind, error.code, error.billed, error.cost_micros) == ("TEMPORARY", "not_an_image", "yes", 2 * EACH)
    assert alone.made == [1, 1]


async def test_nothing_at_all_is_the_failure_that_most_may_be_hoped_of() -> None:
    """One that may pass before one that does not; with what the last round cost."""
    error = await Calls([REFUSED], [BUSY]).refused()
    assert (error.code, error.billed, error.cost_micros, error.retry_after) == ("model_rate_limit", "no", 0, 25)
    error = await Calls([REFUSED], [JUNK]).refused()
    assert (error.code, error.billed, error.cost_micros) == ("not_an_image", "yes", EACH)
    assert error.safety is None


async def test_refusals_of_several_calls_are_told_as_one() -> None:
    """With all that was found in any of the images."""
    safety = Safety(filtered="image", categories=("hate", "toxic"), support_codes=("78610348",))
    other = ProviderError("PERMANENT", "safety_blocked", "Nor this.", safety=safety)
    error = await Calls([REFUSED], [other]).refused()
    assert (error.kind, error.message, error.billed, error.cost_micros) == ("PERMANENT", "No.", "no", 0)
    assert error.safety == safety


async def test_an_answer_without_an_image_is_no_success() -> None:
    """It says why, where it does."""
    error = await Calls([Outcome(pictures=(), cost_micros=0, missing=(GONE,))]).refused()
    assert (error.kind, error.code, error.safety) == ("PERMANENT", "safety_blocked", GONE.safety)
    error = await Calls([Outcome(pictures=(), cost_micros=None)]).refused()
    assert (error.kind, error.code, error.billed) == ("PERMANENT", "no_image", "unknown")


async def test_what_is_not_known_stays_unknown() -> None:
    """A lost answer among others, a price that nobody knows."""
    calls = Calls([came(1)], [LOST, came(2)])
    assert (await calls.outcome()).cost_micros == EACH
    assert [(error.billed, error.cost_micros) for error in calls.checkpoint.failed] == [("unknown", None)]
    calls = Calls([came(1, None)], [BUSY, came(2, None)], estimate=None)
    assert (await calls.outcome()).cost_micros is None
    assert calls.checkpoint.booked == [None]


async def test_a_call_that_was_not_let_through_is_not_waited_for() -> None:
    """It was none, and does not count; where another is made again, so is it."""
    calls = Calls([SHUT], [SHUT])
    assert not (await calls.refused()).counts
    assert calls.made == [1, 1]
    calls = Calls([SHUT, came(1)], [BUSY, came(2)])
    assert len((await calls.outcome()).pictures) == 2


@pytest.mark.parametrize("end", [Canceled("the user said so"), KeyError("surprise")])
async def test_what_is_no_failure_of_a_call_ends_all(end: Exception) -> None:
    """Once the others have ended."""
    calls = Calls([end], [came(2)])
    with pytest.raises(type(end)):
        await calls.outcome()
    assert calls.made == [1, 1]


async def test_pictures_are_told_of_when_their_place_is_known() -> None:
    """Every call before theirs has ended for good: it brought its own, or none; the last ones come with the outcome."""
    calls = Calls([came(1)], [REFUSED], [came(3)], [BUSY, came(4)], [came(5)])
    outcome = await calls.outcome()
    assert [picture.seed for picture in calls.checkpoint.pictures] == [1, 3]
    assert [picture.seed for picture in outcome.pictures] == [1, 3, 4, 5]
    alone = Calls([came(1)])
    await alone.outcome()
    assert alone.checkpoint.pictures == []


async def test_the_first_picture_is_told_of_while_the_second_is_made() -> None:
    """Not when both calls have ended."""
    calls = Calls([came(1)], [came(2)])
    told: list[Picture] = []

    async def second() -> Outcome:
        while not calls.checkpoint.pictures:  # noqa: ASYNC110 - it would never end
            await asyncio.sleep(0)
        told.extend(calls.checkpoint.pictures)
        return came(2)

    await calls.outcome_of(One(calls.made_by(0), EACH), One(second, EACH))
    assert [picture.seed for picture in told] == [1]


@given(st.lists(st.lists(st.sampled_from([BUSY, LOST, JUNK, REFUSED, came()]), min_size=1, max_size=5), min_size=1))
async def test_every_image_came_or_is_missing_and_none_is_paid_twice(ends: list[list[End]]) -> None:
    """However the calls end: none is made after it was answered and paid, and what came is never lost."""
    calls = Calls(*ends)
    try:
        outcome = await calls.outcome()
    except ProviderError:
        outcome = Outcome(pictures=(), cost_micros=None)
    else:
        assert len(outcome.pictures) + len(outcome.missing) == len(ends)
    first = calls.checkpoint.pictures
    assert tuple(first) == outcome.pictures[: len(first)]
    assert not first or len(ends) > 1
    came_of = 0
    for made, told in zip(calls.made, ends, strict=True):
        seen = [told[min(turn, len(told) - 1)] for turn in range(made)]
        assert all(end in (BUSY, LOST) for end in seen[:-1])
        came_of += isinstance(seen[-1], Outcome)
    assert len(outcome.pictures) == came_of
