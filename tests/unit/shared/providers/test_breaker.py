"""A model that fails is left alone, then asked once."""

import logging
from contextlib import nullcontext
from datetime import timedelta

import pytest

from shared.domain.errors import FailureType, ProviderError
from shared.providers.breaker import FAILURES, OPEN_FOR
from shared.providers.gates import Gate
from shared.providers.retrying import Run, call
from tests.fakes.checkpoint import FakeCheckpoint
from tests.fakes.clock import NOON, FakeClock

LATE = NOON + timedelta(hours=1)
ROW: list[FailureType] = ["TEMPORARY"] * FAILURES


class Calls:
    """Calls through one gate that end as they are told."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.gate = Gate("model-1", self.clock)
        self.made = 0

    async def end(self, *kinds: FailureType | None) -> None:
        """One call after the other; None is a success."""
        for kind in kinds:
            planned = ProviderError(kind, "planned", "Planned.") if kind else None
            with pytest.raises(ProviderError, match="Planned") if planned else nullcontext():
                async with self.gate.slot(LATE):
                    self.made += 1
                    if planned:
                        raise planned

    async def refused(self) -> ProviderError:
        """A call that is not let through, and why."""
        made = self.made
        with pytest.raises(ProviderError) as refused:
            await self.end(None)
        assert (refused.value.code, self.made) == ("circuit_open", made)
        return refused.value


async def test_five_failures_in_a_row_keep_calls_away_for_half_a_minute() -> None:
    """The refusal costs nothing and no attempt, and says when to come again."""
    calls = Calls()
    await calls.end(*ROW)
    calls.clock.move(10)
    error = await calls.refused()
    assert (error.kind, error.counts, error.billed, error.retry_after) == ("TEMPORARY", False, "no", 20)
    calls.clock.move(20)
    await calls.end(None, None)
    assert calls.made == FAILURES + 2


@pytest.mark.parametrize("kind", [None, "RATE_LIMIT", "PERMANENT", "AUTH_ERROR"])
async def test_any_answer_ends_the_row(kind: FailureType | None) -> None:
    """A refusal shows that somebody is there."""
    calls = Calls()
    await calls.end(*ROW[1:], kind, *ROW[1:], None)
    assert calls.made == 2 * FAILURES


async def test_a_probe_that_fails_opens_it_again_for_as_long(caplog: pytest.LogCaptureFixture) -> None:
    """That is not logged: the opening and the closing are, once each."""
    caplog.set_level(logging.INFO, "darkroom")
    calls = Calls()
    await calls.end(*ROW)
    for _ in range(3):
        calls.clock.move(OPEN_FOR.total_seconds())
        await calls.end("TEMPORARY")
        await calls.refused()
    calls.clock.move(OPEN_FOR.total_seconds())
    await calls.end(None, *ROW[1:], None)
    said = [record.message for record in caplog.records]
    assert [each for each in said if each.startswith("circuit")] == ["circuit opened", "circuit closed"]


async def test_only_one_call_is_the_probe() -> None:
    """The others are kept away until it has ended."""
    calls = Calls()
    await calls.end(*ROW)
    calls.clock.move(OPEN_FOR.total_seconds())
    async with calls.gate.slot(LATE):
        assert (await calls.refused()).retry_after == 1
    await calls.end(None)


async def test_a_canceled_probe_counts_neither_way() -> None:
    """The next call is the probe then."""
    calls = Calls()
    await calls.end(*ROW)
    calls.clock.move(OPEN_FOR.total_seconds())
    with pytest.raises(KeyError):
        async with calls.gate.slot(LATE):
            raise KeyError
    await calls.end("TEMPORARY")
    await calls.refused()


async def test_a_call_from_before_the_opening_changes_nothing_when_it_ends() -> None:
    """Its success is of another time."""
    calls = Calls()
    async with calls.gate.slot(LATE):
        await calls.end(*ROW)
    await calls.refused()


async def test_an_open_circuit_is_not_waited_for_inside_an_attempt() -> None:
    """The job is given back: the retry that met it is booked, and told to have cost nothing."""
    calls = Calls()
    checkpoint = FakeCheckpoint(calls.clock)
    run = Run(calls.gate, calls.clock, LATE, checkpoint)
    made = 0

    async def attempt() -> None:
        nonlocal made
        made += 1
        raise ProviderError("TEMPORARY", "planned", "Planned.", billed="unknown")

    with pytest.raises(ProviderError, match="Planned"):
        await call(run, attempt, 40_000)
    slept = len(calls.clock.slept)
    with pytest.raises(ProviderError) as ended:
        await call(run, attempt, 40_000)
    assert (made, ended.value.code, ended.value.billed) == (FAILURES, "circuit_open", "no")
    assert len(calls.clock.slept) == slept + 1  # before the retry that found it open
    assert checkpoint.failed[-1].billed == "unknown"
