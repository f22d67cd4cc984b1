"""Submit, then poll: the id of the operation is stored before the first poll.

Whoever takes the job over polls on, and pays nothing again. What an operation has made is paid: where its images do
not come, the next attempt fetches them again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

import httpx

from shared.domain.errors import RETRYABLE, ProviderError
from shared.domain.job import Job
from shared.ports import Clock, Picture
from shared.providers.download import download
from shared.providers.picture import picture_of
from shared.providers.retrying import Run, call

T = TypeVar("T")
POLL_SECONDS = 1.0
POLL_FOR = timedelta(seconds=60)


async def operation_of(job: Job, run: Run, submit: Callable[[], Awaitable[str]], estimate: int | None) -> str:
    """The id of the job's operation: the one under way, else of one submitted now, at `estimate` micro-USD, and stored.

    Raises:
        ProviderError, LeaseLost, Canceled: there is none.
    """
    if job.provider_operation is not None:
        return job.provider_operation
    operation = await call(run, submit, estimate)
    await run.checkpoint.submitted(operation)
    return operation


async def polled(vendor: str, clock: Clock, deadline: datetime, look: Callable[[], Awaitable[T | None]]) -> T:
    """What `look()` finds once it finds something, asked for a minute, and at the latest at `deadline`.

    Raises:
        ProviderError: nothing by then, and the operation is to be asked for again; or it cannot be asked for.
    """
    until = min(deadline, clock.now() + POLL_FOR)
    while True:
        wait = POLL_SECONDS
        try:
            if (found := await look()) is not None:
                return found
        except ProviderError as error:
            wait = max(wait, error.retry_after or 0)
            failed = _while_polling(vendor, error)
            if not failed.keeps_operation or clock.now() + timedelta(seconds=wait) > until:
                raise failed from error
        if clock.now() >= until:
            text = f"{vendor} has not finished within {POLL_FOR.seconds} s; it is asked again later."
            raise ProviderError("TEMPORARY", "model_timeout", text, billed="unknown", keeps_operation=True)
        await clock.sleep(wait)


def _while_polling(vendor: str, error: ProviderError) -> ProviderError:
    """What a failed poll is: whether the operation was paid, it does not say."""
    if error.code == "model_not_found":
        text = f"{vendor} does not know its operation any more."
        return ProviderError("TEMPORARY", "operation_unknown", text, billed="unknown")
    keeps = error.kind in RETRYABLE
    asked = error.retry_after
    return ProviderError(
        error.kind, error.code, error.message, billed="unknown", keeps_operation=keeps, retry_after=asked
    )


async def fetched(
    http: httpx.AsyncClient, addresses: Sequence[str], each: int | None, *, allow_private: bool
) -> tuple[Picture, ...]:
    """The pictures at the addresses that an operation gave, which cost `each` micro-USD.

    Raises:
        ProviderError: one of them did not come, or is no image; paid all the same.
    """
    pictures = []
    for address in addresses:
        data = await download(http, address, allow_private=allow_private)
        try:
            # On a thread: to look at megabytes takes a while, and other jobs are to go on.
            pictures.append(await asyncio.to_thread(picture_of, data, cost_micros=each))
        except ProviderError as error:
            error.keeps_operation = error.kind in RETRYABLE
            raise
    return tuple(pictures)


def without_image(vendor: str) -> ProviderError:
    """An operation that succeeded with nothing.

    To ask again would bring the same, and to submit again would be to pay again: that is for the user to say.
    """
    text = f"{vendor}'s operation succeeded without an image."
    return ProviderError("UNKNOWN", "malformed_answer", text, billed="yes")
