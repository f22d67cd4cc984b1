"""A provider's call, which ends when its time is over or its instance goes."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar

from shared.domain.errors import ProviderError, ShutDown
from shared.idempotency import Hold
from shared.ports import Clock

T = TypeVar("T")
HANDING_OVER = timedelta(seconds=2)  # from a provider's own deadline to the moment at which it is broken off


async def in_time(
    hold: Hold, clock: Clock, shutdown: asyncio.Event, make: Callable[[datetime], Awaitable[T]], *, others: bool
) -> T:
    """What `make(deadline)` gives, at the latest when the work on the held job must end, or `shutdown` is set.

    Half of the time is for the other models where there are any. The provider is to end by itself a little before: of
    several calls it then still hands over what has come.

    Raises:
        ProviderError: it took too long.
        ShutDown: the instance goes.
    """
    until = clock.now() + (hold.work_until - clock.now()) / (2 if others else 1)
    left = (until - clock.now()).total_seconds()
    deadline = until - min(HANDING_OVER, (until - clock.now()) / 10)
    call = asyncio.ensure_future(make(deadline))
    stopped = asyncio.ensure_future(shutdown.wait())
    try:
        await asyncio.wait({call, stopped}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        if call.done():
            return call.result()
    finally:
        await ended(call, stopped)
    if shutdown.is_set():
        text = "The instance went while the model worked."
        raise ShutDown("TEMPORARY", "shut_down", text, billed="unknown", keeps_operation=True, counts=False)
    text = f"The model did not answer within {left:.0f} s."
    keeps = hold.job.provider_operation is not None
    raise ProviderError("TEMPORARY", "model_timeout", text, billed="unknown", keeps_operation=keeps)


async def ended(*tasks: asyncio.Future[Any]) -> None:
    """End the tasks that are not over, and wait until they are."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
