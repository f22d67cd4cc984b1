"""One gate for each provider and model: every call to a vendor goes through it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from shared.ports import Clock


class Gate:
    """The way to one model."""

    @asynccontextmanager
    async def slot(self, deadline: datetime) -> AsyncIterator[None]:  # noqa: ARG002 - nobody waits yet
        """Make one call within the block; how it ends is noted.

        Raises:
            ProviderError: no call may be made now.
        """
        yield


class Gates:
    """The gates of one instance."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._gates: dict[tuple[str, str], Gate] = {}

    def __call__(self, provider: str, model: str) -> Gate:
        """The gate of that provider's model."""
        return self._gates.setdefault((provider, model), Gate())
