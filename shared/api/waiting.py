"""`Prefer: wait=N` (RFC 7240, 4.3): the answer comes when there is something new, or after N seconds."""

import asyncio
import re
from collections.abc import Coroutine
from time import perf_counter
from typing import Any, TypeVar

from starlette.requests import Request

from shared.api.waited import add_wait
from shared.config import Settings
from shared.ports import Clock, Stores
from shared.ports.watcher import JobWatcher
from shared.shutdown import on_shutdown
from shared.use_cases.wait import Wait

T = TypeVar("T")

MAX_SECONDS = 60
_PREFERENCE = re.compile(r'(?:[^,"]|"(?:\\.|[^"\\])*")+')  # a comma in quotes parts nothing
_WAIT = re.compile(r'\s*wait\s*=\s*("?)([0-9]{1,9})\1\s*(?:;.*)?', re.IGNORECASE | re.DOTALL)


def wait_until_shutdown(stores: Stores, watcher: JobWatcher, clock: Clock, settings: Settings) -> Wait:
    """Waits of this process, until its instance is told to go. To be called inside the event loop."""
    wait = Wait(stores.jobs, watcher, clock, settings.max_waiters)
    on_shutdown(wait.close)
    return wait


def wait_of(request: Request) -> int | None:
    """How long the client would wait, in seconds, at most MAX_SECONDS; None where it does not say so.

    A preference that is not understood is passed over, as RFC 7240 asks for.
    """
    preferences = _PREFERENCE.findall(",".join(request.headers.getlist("prefer")))
    found = (_WAIT.fullmatch(each) for each in preferences)
    return next((min(int(match[2]), MAX_SECONDS) for match in found if match), None)


def applied(seconds: int | None) -> dict[str, str]:
    """The header that says that a preference was followed."""
    return {} if seconds is None else {"Preference-Applied": f"wait={seconds}"}


async def unless_left(request: Request, wait: Coroutine[Any, Any, T], otherwise: T) -> T:
    """What the wait gives; `otherwise`, for nobody to read, once the client has gone: a wait is not for its own sake.

    To be asked when the request's body has been read.
    """
    waiting, leaving = asyncio.ensure_future(wait), asyncio.ensure_future(_left(request))
    began = perf_counter()
    try:
        await asyncio.wait({waiting, leaving}, return_when=asyncio.FIRST_COMPLETED)
        return waiting.result() if waiting.done() else otherwise
    finally:
        waiting.cancel()
        leaving.cancel()
        add_wait(request, perf_counter() - began)


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
