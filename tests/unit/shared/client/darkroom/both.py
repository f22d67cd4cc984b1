"""Either client, asked in one way, so that a test states what both do; and a clock for them that never waits."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal, cast

from darkroom import AsyncClient, Client

Kind = Literal["sync", "async"]
KINDS: tuple[Kind, ...] = ("sync", "async")


class Moments:
    """A clock that a sleep moves on at once."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.slept: list[float] = []

    def now(self) -> float:
        """Its time."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """For Client."""
        self.slept.append(seconds)
        self.seconds += seconds

    async def asleep(self, seconds: float) -> None:
        """For AsyncClient."""
        self.sleep(seconds)


class Awaited:
    """An AsyncClient as if it were a Client: each call is run to its end on a loop of its own."""

    def __init__(self, client: AsyncClient, runner: asyncio.Runner) -> None:
        self._client = client
        self._runner = runner

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            made = method(*args, **kwargs)
            return self._each(made) if hasattr(made, "__aiter__") else self._runner.run(made)

        return call

    def _each(self, made: Any) -> Iterator[Any]:
        async def following() -> Any:
            return await anext(made, self)  # which no client gives

        try:
            while (found := self._runner.run(following())) is not self:
                yield found
        finally:
            self._runner.run(made.aclose())


@contextmanager
def client_of(
    kind: Kind, url: str, api_key: str | None = None, *, moments: Moments | None = None, **settings: Any
) -> Iterator[Client]:
    """A client of that kind within the block; with `moments`, on that clock."""
    if moments:
        sleep = moments.sleep if kind == "sync" else moments.asleep
        settings = {"now": moments.now, "sleep": sleep, **settings}
    if kind == "sync":
        with Client(url, api_key, **settings) as client:
            yield client
        return
    with asyncio.Runner() as runner:
        awaited = AsyncClient(url, api_key, **settings)
        try:
            yield cast("Client", Awaited(awaited, runner))
        finally:
            runner.run(awaited.close())
