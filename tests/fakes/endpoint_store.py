"""Receivers that want no more, in a dictionary."""

import asyncio

from shared.domain.endpoint import Endpoint
from tests.fakes.failures import Failures


class FakeEndpointStore:
    """An EndpointStore that fails when it is told to."""

    def __init__(self) -> None:
        self.failures = Failures()
        self.stored: dict[str, Endpoint] = {}

    async def get(self, endpoint_id: str) -> Endpoint | None:
        """See EndpointStore.get."""
        await self._begun("get")
        return self.stored.get(endpoint_id)

    async def disable(self, endpoint: Endpoint) -> None:
        """See EndpointStore.disable."""
        await self._begun("disable")
        self.stored[endpoint.id] = endpoint
        self.failures.after("disable")

    async def enable(self, endpoint_id: str) -> None:
        """See EndpointStore.enable."""
        await self._begun("enable")
        self.stored.pop(endpoint_id, None)
        self.failures.after("enable")

    async def _begun(self, method: str) -> None:
        await asyncio.sleep(0)
        self.failures.before(method)
