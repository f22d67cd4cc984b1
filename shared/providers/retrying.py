"""Another try of a call to a provider, where one may help: at most 3, after 1, 2 and 4 s, or when it asked.

Every further call is booked before it is made; a try that cannot begin before the deadline is not waited for.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import NamedTuple, TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, wait_exponential_jitter
from tenacity.stop import stop_base

from shared.domain.errors import RETRYABLE, ProviderError
from shared.ports import Checkpoint, Clock
from shared.providers.gates import Gate

T = TypeVar("T")
MAX_RETRIES = 3
LONGEST_WAIT = 10.0  # seconds
_backoff = wait_exponential_jitter(initial=1, exp_base=2, max=LONGEST_WAIT, jitter=0.5)


class Run(NamedTuple):
    """What calls of one job to one model share."""

    gate: Gate
    clock: Clock
    deadline: datetime
    checkpoint: Checkpoint


async def call(run: Run, attempt: Callable[[], Awaitable[T]], estimate: int | None) -> T:
    """The result of `attempt()`, one call that costs `estimate` micro-USD, tried again after TEMPORARY and RATE_LIMIT.

    Raises:
        ProviderError: the last one.
        LeaseLost, Canceled: no further call may be made.
    """

    async def once() -> T:
        async with run.gate.slot(run.deadline):
            return await attempt()

    return await tried(run, once, lambda: estimate)


async def tried(run: Run, attempt: Callable[[], Awaitable[T]], estimate: Callable[[], int | None]) -> T:
    """The result of `attempt()`, which goes through the gate itself; `estimate()` is what its next turn would cost.

    Raises:
        ProviderError, LeaseLost, Canceled: as `call`.
    """
    failed: ProviderError | None = None
    retrying = AsyncRetrying(
        retry=retry_if_exception(_may_pass),
        stop=stop_after_attempt(MAX_RETRIES + 1) | _StopBefore(run.clock, run.deadline),
        wait=_wait,
        sleep=run.checkpoint.wait,
        reraise=True,
    )
    async for turn in retrying:
        with turn:
            if failed:
                await run.checkpoint.paying_again(failed, estimate())
            try:
                return await attempt()
            except ProviderError as error:
                failed = error
                raise
    raise AssertionError("tenacity either returns or raises")


def _may_pass(exc: BaseException) -> bool:
    """Whether it may be gone in some seconds. A call that was not let through (it does not count) is for later."""
    return isinstance(exc, ProviderError) and exc.kind in RETRYABLE and exc.counts


def _error(state: RetryCallState) -> ProviderError | None:
    exc = state.outcome.exception() if state.outcome else None
    return exc if isinstance(exc, ProviderError) else None


def _wait(state: RetryCallState) -> float:
    error = _error(state)
    asked = error.retry_after if error and error.retry_after else 0.0
    return max(_backoff(state), asked)


class _StopBefore(stop_base):
    def __init__(self, clock: Clock, deadline: datetime) -> None:
        self._clock = clock
        self._deadline = deadline

    def __call__(self, state: RetryCallState) -> bool:
        return (self._deadline - self._clock.now()).total_seconds() <= state.upcoming_sleep
