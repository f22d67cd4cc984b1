"""Another try of a provider's call, where one may help."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.errors import FailureType, LeaseLost, ProviderError
from shared.ports import Given, Picture
from shared.providers.gates import Gates
from shared.providers.retrying import MAX_RETRIES, Run, call
from tests.fakes.clock import NOON, FakeClock

LATE = NOON + timedelta(hours=1)
ESTIMATE = 40_000
BUSY = ProviderError("TEMPORARY", "busy", "Busy.")


class Call:
    """A call that fails as it is told, then succeeds; and the checkpoint that is asked before each repeat."""

    def __init__(self, *failures: Exception, taken_away: bool = False) -> None:
        self.clock = FakeClock()
        self.did: list[str] = []
        self._failures = list(failures)
        self._taken_away = taken_away

    async def attempt(self) -> str:
        """One try."""
        self.did.append("call")
        if self._failures:
            raise self._failures.pop(0)
        return "result"

    async def paying_again(self, after: ProviderError, estimate: int | None) -> None:
        """See Checkpoint.paying_again."""
        assert estimate == ESTIMATE
        self.did.append(after.code)
        if self._taken_away:
            raise LeaseLost("another has it")

    async def wait(self, seconds: float) -> None:
        """See Checkpoint.wait."""
        await self.clock.sleep(seconds)

    def came(self, pictures: Sequence[Picture]) -> None:
        """See Checkpoint.came."""
        raise AssertionError(pictures)

    async def link(self, given: Given) -> str:
        """See Checkpoint.link."""
        raise AssertionError(given)

    async def submitted(self, operation: str) -> None:
        """See Checkpoint.submitted."""
        raise AssertionError(operation)

    async def made(self, deadline: datetime = LATE) -> str:
        """The call with its repeats."""
        run = Run(Gates(self.clock)("provider", "model"), self.clock, deadline, self)
        return await call(run, self.attempt, ESTIMATE)


async def test_a_call_that_succeeds_is_made_once() -> None:
    """Nothing is booked and nothing waited for."""
    made = Call()
    assert await made.made() == "result"
    assert (made.did, made.clock.slept) == (["call"], [])


@pytest.mark.parametrize("kind", ["TEMPORARY", "RATE_LIMIT"])
async def test_what_may_pass_is_tried_again_once_it_is_booked(kind: FailureType) -> None:
    """The booking names what failed."""
    made = Call(ProviderError(kind, "busy", "Busy."))
    assert await made.made() == "result"
    assert made.did == ["call", "busy", "call"]


@pytest.mark.parametrize("kind", ["PERMANENT", "AUTH_ERROR", "UNKNOWN"])
async def test_what_does_not_pass_is_not_tried_again(kind: FailureType) -> None:
    """One call, and its error."""
    made = Call(ProviderError(kind, "no", "No."))
    with pytest.raises(ProviderError, match=r"No\."):
        await made.made()
    assert made.did == ["call"]


async def test_a_defect_is_not_tried_again() -> None:
    """Only what a provider answered is."""
    with pytest.raises(KeyError):
        await Call(KeyError("surprise")).made()


async def test_waits_double_from_a_second_with_half_a_second_of_jitter() -> None:
    """After 1, 2 and 4 s the last error is raised."""
    made = Call(*[BUSY] * (MAX_RETRIES + 1))
    with pytest.raises(ProviderError) as last:
        await made.made()
    assert last.value is BUSY
    assert made.did.count("call") == MAX_RETRIES + 1
    _between(made.clock.slept, [(1, 1.5), (2, 2.5), (4, 4.5)])


async def test_a_provider_that_asks_for_more_gets_it() -> None:
    """Retry-After is a lower bound, beyond our own cap too."""
    made = Call(ProviderError("RATE_LIMIT", "quota", "Wait.", retry_after=25), BUSY)
    await made.made()
    _between(made.clock.slept, [(25, 25), (2, 2.5)])


@given(left=st.floats(0, 20))
async def test_no_try_begins_at_or_after_the_deadline(left: float) -> None:
    """What cannot begin in time is not waited for."""
    made = Call(*[BUSY] * (MAX_RETRIES + 1))
    deadline = NOON + timedelta(seconds=left)
    with pytest.raises(ProviderError):
        await made.made(deadline)
    assert made.clock.now() <= max(deadline, NOON)


async def test_a_job_taken_away_is_not_paid_for_again() -> None:
    """The booking fails, and no call follows."""
    made = Call(BUSY, taken_away=True)
    with pytest.raises(LeaseLost):
        await made.made()
    assert made.did == ["call", "busy"]


def _between(slept: Sequence[float], bounds: Sequence[tuple[float, float]]) -> None:
    assert len(slept) == len(bounds)
    assert all(low <= seconds <= high for seconds, (low, high) in zip(slept, bounds, strict=True))
