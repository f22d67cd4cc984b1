"""Client and AsyncClient: they carry out what the calls ask for, each in its own way."""

import os
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import aclosing, closing
from types import TracebackType
from typing import Self, TypeVar

from . import __version__
from .attempts import Session
from .calls import Calls
from .effects import Give, Items, Steps, Turns, ending
from .errors import Misused

T = TypeVar("T")
LOCAL_STACK = "http://127.0.0.1:8080"
TIMEOUT = 60.0  # seconds
RETRIES = 5


class Client(Calls):
    """A deployment of Darkroom, and the key to it; close it, or use it as a context manager.

    It may be used by several threads at once.
    """

    def __init__(
        self,
        url: str | None = None,
        api_key: str | None = None,
        *,
        timeout: float = TIMEOUT,
        retries: int = RETRIES,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        """Without `url` and `api_key`, DARKROOM_URL and DARKROOM_API_KEY say; without these it is the local stack.

        `timeout` (seconds) bounds each call with all of its attempts, of which there are at most `retries` after the
        first; a call may say otherwise. `now` and `sleep` are for tests.

        Raises:
            Misused: that is no address.
        """
        from . import wire

        self._wire = wire
        self._session = session_of(wire.checked_url, url, api_key, timeout=timeout, retries=retries, now=now)
        self._http = wire.sync_http(self._session.url)
        self._sleep = sleep

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _result(self, steps: Steps[T]) -> T:
        with closing(self._results(ending(steps))) as results:
            return next(results)

    def _results(self, steps: Items[T]) -> Generator[T, None, None]:
        turns = Turns(steps)
        with closing(self._wire.Line(self._http, self._session.now, self._sleep)) as line, closing(steps):
            while (effect := turns.next()) is not None:
                if isinstance(effect, Give):
                    yield effect.value
                    continue
                with turns.taking():
                    turns.take(effect.on(line))


class AsyncClient(Calls):
    """As Client, to be awaited."""

    def __init__(
        self,
        url: str | None = None,
        api_key: str | None = None,
        *,
        timeout: float = TIMEOUT,
        retries: int = RETRIES,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] | None = None,
    ) -> None:
        """As Client."""
        from . import wire

        self._wire = wire
        self._session = session_of(wire.checked_url, url, api_key, timeout=timeout, retries=retries, now=now)
        self._http = wire.async_http(self._session.url)
        self._sleep = sleep

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _result(self, steps: Steps[T]) -> T:
        async with aclosing(self._results(ending(steps))) as results:
            return await anext(results)

    async def _results(self, steps: Items[T]) -> AsyncGenerator[T, None]:
        turns = Turns(steps)
        line = self._wire.AsyncLine(self._http, self._session.now, self._sleep)
        async with aclosing(line):
            with closing(steps):
                while (effect := turns.next()) is not None:
                    if isinstance(effect, Give):
                        yield effect.value
                        continue
                    with turns.taking():
                        turns.take(await effect.on(line))


def session_of(
    checked_url: Callable[[str], str],
    url: str | None,
    api_key: str | None,
    *,
    timeout: float,
    retries: int,
    now: Callable[[], float],
) -> Session:
    """What a client's calls have in common.

    Raises:
        Misused: a setting cannot be used.
    """
    if timeout <= 0 or retries < 0:
        text = f"timeout is {timeout:g} and retries {retries}"
        raise Misused(text, "Give a timeout above 0 seconds, and 0 retries or more.")
    key = os.environ.get("DARKROOM_API_KEY") if api_key is None else api_key
    if key and not (key.isascii() and key.isprintable() and " " not in key):
        raise Misused("the API key has characters that no key has", "Give it as it was shown: drk_…, on one line.")
    return Session(
        url=checked_url(url or os.environ.get("DARKROOM_URL") or LOCAL_STACK),
        api_key=key or None,
        timeout=timeout,
        retries=retries,
        agent=f"darkroom-python/{__version__}",
        now=now,
    )
