"""Submit, then poll: the id of the operation is stored before the first poll.

Whoever takes the job over polls on, and pays nothing again. What an operation has made is paid: where its images do
not come, the next attempt fetches them again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

import httpx

from shared.domain.errors import RETRYABLE, AwaitsCallback, ProviderError
from shared.domain.job import Job
from shared.ports import Clock, Picture
from shared.providers.download import download
from shared.providers.picture import picture_of
from shared.providers.retrying import Run, call

T = TypeVar("T")
POLL_SECONDS = 1.0
POLL_FOR = timedelta(seconds=60)
Look = Callable[[], Awaitable[T | None]]  # None: the operation goes on


class Submitted(NamedTuple):
    """The operations of a job, and why there is none for each of its other images."""

    operations: tuple[str, ...]
    missing: tuple[ProviderError, ...] = ()


async def operation_of(job: Job, run: Run, submit: Callable[[], Awaitable[str]], estimate: int | None) -> str:
    """The id of the job's operation: the one under way, else of one submitted now, at `estimate` micro-USD, and stored.

    Raises:
        ProviderError, LeaseLost, Canceled: there is none.
    """
    (operation,) = (await operations_of(job, run, submit, estimate, 1)).operations
    return operation


async def operations_of(
    job: Job, run: Run, submit: Callable[[], Awaitable[str]], estimate: int | None, count: int
) -> Submitted:
    """So many operations, one after the other; their ids are stored together, each as soon as it is known.

    They are booked as one: `estimate` is of all of them. Where some were taken and no more are, those go on.

    Raises:
        ProviderError, LeaseLost, Canceled: there is none.
    """
    operations = tuple((job.provider_operation or "").split())
    while len(operations) < count:
        try:
            operations += (await call(run, submit, estimate),)
        except ProviderError as error:
            if not operations:
                raise
            return Submitted(operations, (error,) * (count - len(operations)))
        await run.checkpoint.submitted(" ".join(operations))
    return Submitted(operations)


async def polled(vendor: str, clock: Clock, deadline: datetime, look: Look[T], *, calls_back: bool = False) -> T:
    """What `look()` finds once it finds something, asked for a minute, and at the latest at `deadline`.

    Of a vendor that `calls_back`, only until it answers.

    Raises:
        ProviderError: nothing by then, and the operation is to be asked for again; or it cannot be asked for.
        AwaitsCallback: nothing yet, and the vendor will call.
    """
    until = min(deadline, clock.now() + POLL_FOR)
    while True:
        wait = POLL_SECONDS
        try:
            if (found := await look()) is not None:
                return found
            if calls_back:
                raise awaiting(vendor, look)
        except ProviderError as error:
            wait = max(wait, error.retry_after or 0)
            failed = _while_polling(vendor, error)
            if not failed.keeps_operation or clock.now() + timedelta(seconds=wait) > until:
                raise failed from error
        if clock.now() >= until:
            text = f"{vendor} has not finished within {POLL_FOR.seconds} s; it is asked again later."
            raise ProviderError("TEMPORARY", "model_timeout", text, billed="unknown", keeps_operation=True)
        await clock.sleep(wait)


def awaiting(vendor: str, look: Look[T]) -> AwaitsCallback:
    """The end of an attempt whose operation the vendor works on, and will call about."""

    async def finished() -> bool:
        return await look() is not None

    return AwaitsCallback(f"{vendor} has not finished its operation in time.", finished)


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
    """The pictures at the addresses that an operation gave, which cost `each` micro-USD, all at once.

    Raises:
        ProviderError: one of them did not come, or is no image; paid all the same. None is on its way any more then.
    """

    async def one(address: str) -> Picture:
        data = await download(http, address, allow_private=allow_private)
        try:
            # On a thread: to look at megabytes takes a while, and other jobs are to go on.
            return await asyncio.to_thread(picture_of, data, cost_micros=each)
        except ProviderError as error:
            error.keeps_operation = error.kind in RETRYABLE
            raise

    pictures: list[Picture] = []
    for end in await asyncio.gather(*map(one, addresses), return_exceptions=True):
        if isinstance(end, BaseException):
            raise end
        pictures.append(end)
    return tuple(pictures)


def without_image(vendor: str) -> ProviderError:
    """An operation that succeeded with nothing.

    To ask again would bring the same, and to submit again would be to pay again: that is for the user to say.
    """
    text = f"{vendor}'s operation succeeded without an image."
    return ProviderError("UNKNOWN", "malformed_answer", text, billed="yes")
