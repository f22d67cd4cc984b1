"""Several calls for one job at once; those that may be tried again are, together, and what has come is kept.

A round is booked as one: its estimate is that of the calls still to be made. Images that came are paid and never made
again: a job whose last calls fail completes with those it has, and says what is missing. Nor is a call made again that
was answered and paid and gave nothing of use: that is for another attempt.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from shared.domain.errors import RETRYABLE, Billed, ProviderError
from shared.domain.missing import Missing
from shared.domain.money import total
from shared.domain.safety import Safety
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
        if not rounds.made:
            raise
    if not rounds.made:
        raise rounds.failure()
    return rounds.outcome()


def lost(error: ProviderError, estimate: int | None) -> int | None:
    """What a failed call cost that was to cost `estimate`, in micro-USD; None where nobody knows."""
    if error.cost_micros is not None:
        return error.cost_micros
    return {"no": 0, "yes": estimate, "unknown": None}[error.billed]


class _Rounds:
    def __init__(self, run: Run, ones: Sequence[One]) -> None:
        self._run = run
        self._ones = ones
        self.made: dict[int, Outcome] = {}
        self._failed: dict[int, ProviderError] = {}
        self._told = 0  # calls of whose pictures has been told, or that brought none
        self._cost: int | None = None  # of the last round

    def estimate(self) -> int | None:
        """What the next round would cost."""
        return total(self._ones[index].estimate for index in self._pending())

    def _pending(self) -> list[int]:
        return [
            index
            for index in range(len(self._ones))
            if index not in self.made and (index not in self._failed or _again(self._failed[index]))
        ]

    async def turn(self) -> None:
        """Make every call that is still to be made.

        Raises:
            ProviderError: one of them may be tried again.
        """
        asked = self._pending()
        ended = await asyncio.gather(*(self._one(index) for index in asked), return_exceptions=True)
        for end in ended:
            if end is not None:
                raise end
        self._cost = total(self.made[index].cost_micros if index in self.made else self._lost(index) for index in asked)
        if self._pending():
            raise self.failure()

    async def _one(self, index: int) -> None:
        try:
            async with self._run.gate.slot(self._run.deadline):
                outcome = await self._ones[index].make()
        except ProviderError as error:
            self._failed[index] = error
        else:
            if outcome.pictures:
                self.made[index] = outcome
                self._failed.pop(index, None)
            else:
                self._failed[index] = _empty(outcome)
        self._tell()

    def _tell(self) -> None:
        """Tell of the pictures whose places are known while other calls are under way: no call before theirs is."""
        pending = self._pending()
        while pending and self._told < pending[0]:
            if made := self.made.get(self._told):
                self._run.checkpoint.came(made.pictures)
            self._told += 1

    def _lost(self, index: int) -> int | None:
        return lost(self._failed[index], self._ones[index].estimate)

    def failure(self) -> ProviderError:
        """The failure that decides, with what the last round cost: the one that most may be hoped of."""
        errors = [self._failed[index] for index in sorted(self._failed)]
        error = min(errors, key=lambda error: (not _again(error), not error.counts, error.kind not in RETRYABLE))
        return ProviderError(
            error.kind,
            error.code,
            error.message,
            safety=_found(errors) if error.safety else None,
            billed=self._billed(error),
            cost_micros=self._cost,
            retry_after=max((failed.retry_after or 0 for failed in errors), default=0) or None,
            keeps_operation=error.keeps_operation,
            counts=error.counts,
        )

    def _billed(self, error: ProviderError) -> Billed:
        if self._cost is None:
            return "unknown"
        return "yes" if self._cost else error.billed

    def outcome(self) -> Outcome:
        """All that came, in the order of the calls, and what did not."""
        pictures: list[Picture] = []
        missing: list[Missing] = []
        for index, one in enumerate(self._ones):
            if index in self.made:
                pictures += self.made[index].pictures
                missing += self.made[index].missing
            else:
                missing += [_gone(self._failed[index])] * one.images
        prompts = (self.made[index].prompt_used for index in sorted(self.made))
        prompt_used = next((prompt for prompt in prompts if prompt), None)
        return Outcome(
            pictures=tuple(pictures), cost_micros=self._cost, prompt_used=prompt_used, missing=tuple(missing)
        )


def _again(error: ProviderError) -> bool:
    return error.kind in RETRYABLE and error.billed != "yes"


def _gone(error: ProviderError) -> Missing:
    return Missing(code=error.code, message=error.message, billed=error.billed, safety=error.safety)


def _found(errors: Sequence[ProviderError]) -> Safety:
    """All that filters said, as one: each call may have met another."""
    said = [error.safety for error in errors if error.safety]
    categories = dict.fromkeys(category for safety in said for category in safety.categories)
    codes = dict.fromkeys(code for safety in said for code in safety.support_codes)
    return Safety(filtered=said[0].filtered, categories=tuple(categories), support_codes=tuple(codes))


def _empty(outcome: Outcome) -> ProviderError:
    """An answer without an image is no success, whatever it says."""
    why = next(iter(outcome.missing), Missing(code="no_image", message="The model answered without an image."))
    cost = outcome.cost_micros
    billed = "unknown" if cost is None else why.billed
    return ProviderError("PERMANENT", why.code, why.message, safety=why.safety, billed=billed, cost_micros=cost)
