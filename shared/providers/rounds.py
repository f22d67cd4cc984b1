"""Several calls for one job at once; those that may be tried again are, together, and what has come is kept.

A round is booked as one: its estimate is that of the calls still to be made. Images that came are paid and never made
again: a job whose last calls fail completes with those it has, and says what is missing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from shared.domain.errors import RETRYABLE, ProviderError
from shared.domain.missing import Missing
from shared.domain.money import total
from shared.ports import Outcome, Picture
from shared.providers.retrying import Run, tried


class One(NamedTuple):
    """One of the calls: how to make it, what it costs in micro-USD, and how many images it is to bring."""

    make: Callable[[], Awaitable[Outcome]]
    estimate: int | None
    images: int = 1


async def make_all(run: Run, ones: Sequence[One]) -> Outcome:
    """The outcomes of all calls as one, in their order; `cost_micros` is the last round's.

    Raises:
        ProviderError: not one image came.
        LeaseLost, Canceled: no further call may be made.
    """
    rounds = _Rounds(run, ones)
    try:
        await tried(run, rounds.turn, rounds.estimate)
    except ProviderError:
        if not any(outcome.pictures for outcome in rounds.made.values()):
            raise
    return rounds.outcome()


class _Rounds:
    def __init__(self, run: Run, ones: Sequence[One]) -> None:
        self._run = run
        self._ones = ones
        self.made: dict[int, Outcome] = {}
        self._failed: dict[int, ProviderError] = {}
        self._cost: int | None = None  # of the last round

    def estimate(self) -> int | None:
        """What the next round would cost."""
        return total(self._ones[index].estimate for index in self._pending())

    def _pending(self) -> list[int]:
        return [
            index
            for index in range(len(self._ones))
            if index not in self.made and (index not in self._failed or self._failed[index].kind in RETRYABLE)
        ]

    async def turn(self) -> None:
        """Make every call that is still to be made.

        Raises:
            ProviderError: one of them may be tried again, or nothing came of any.
        """
        asked = self._pending()
        ended = await asyncio.gather(*(self._one(index) for index in asked), return_exceptions=True)
        for index, end in zip(asked, ended, strict=True):
            if isinstance(end, Outcome):
                self.made[index] = end
                self._failed.pop(index, None)
            elif isinstance(end, ProviderError):
                self._failed[index] = end
            else:
                raise end
        self._cost = total(self.made[index].cost_micros if index in self.made else self._lost(index) for index in asked)
        error = self._worst(asked)
        if error is None or (error.kind not in RETRYABLE and self.made):
            return
        raise self._whole(error)

    async def _one(self, index: int) -> Outcome:
        async with self._run.gate.slot(self._run.deadline):
            return await self._ones[index].make()

    def _lost(self, index: int) -> int | None:
        """What a failed call cost."""
        error = self._failed[index]
        if error.cost_micros is not None:
            return error.cost_micros
        return {"no": 0, "yes": self._ones[index].estimate, "unknown": None}[error.billed]

    def _worst(self, asked: Sequence[int]) -> ProviderError | None:
        """The failure that decides: one that may be tried again before one that may not."""
        errors = [self._failed[index] for index in asked if index in self._failed]
        return min(errors, key=lambda error: error.kind not in RETRYABLE, default=None)

    def _whole(self, error: ProviderError) -> ProviderError:
        """The failure of the round, with what the round cost."""
        return ProviderError(
            error.kind,
            error.code,
            error.message,
            safety=error.safety,
            billed=error.billed if self._cost is not None else "unknown",
            cost_micros=self._cost,
            retry_after=max((failed.retry_after or 0 for failed in self._failed.values()), default=0) or None,
            keeps_operation=error.keeps_operation,
            counts=error.counts,
        )

    def outcome(self) -> Outcome:
        """All that came, in the order of the calls, and what did not."""
        made = [self.made[index] for index in sorted(self.made)]
        missing = [one for outcome in made for one in outcome.missing]
        for index, error in sorted(self._failed.items()):
            gone = Missing(code=error.code, message=error.message, billed=error.billed, safety=error.safety)
            missing += [gone] * self._ones[index].images
        pictures: list[Picture] = [picture for outcome in made for picture in outcome.pictures]
        prompt_used = next((outcome.prompt_used for outcome in made if outcome.prompt_used), None)
        return Outcome(
            pictures=tuple(pictures), cost_micros=self._cost, prompt_used=prompt_used, missing=tuple(missing)
        )
