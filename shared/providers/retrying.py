"""Another try of a call to a provider, where one may help: at most 3, after 1, 2 and 4 s, or when it asked.

Every further call is booked before it is made; a try that cannot begin before the deadline is not waited for.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, wait_exponential_jitter
from tenacity.stop import stop_base

from shared.domain.errors import RETRYABLE, ProviderError
from shared.ports import Checkpoint, Clock

T = TypeVar("T")
MAX_RETRIES = 3
LONGEST_WAIT = 10.0  # seconds
_backoff = wait_exponential_jitter(initial=1, exp_base=2, max=LONGEST_WAIT, jitter=0.5)


async def call(attempt: Callable[[], Awaitable[T]], clock: Clock, deadline: datetime, checkpoint: Checkpoint) -> T:
    """The result of `attempt()`, tried again after TEMPORARY and RATE_LIMIT.

    Raises:
        ProviderError: the last one.
        LeaseLost, Canceled: no further call may be made.
    """
    failed: ProviderError | None = None
    retrying = AsyncRetrying(
        retry=retry_if_exception(lambda exc: isinstance(exc, ProviderError) and exc.kind in RETRYABLE),
        stop=stop_after_attempt(MAX_RETRIES + 1) | _StopBefore(clock, deadline),
        wait=_wait,
        sleep=checkpoint.wait,
        reraise=True,
    )
    async for turn in retrying:
        with turn:
            if failed:
                await checkpoint.paying_again(failed)
            try:
                return await attempt()
            except ProviderError as error:
                failed = error
                raise
    raise AssertionError("tenacity either returns or raises")


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
