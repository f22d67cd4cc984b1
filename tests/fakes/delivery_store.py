"""Deliveries in a dictionary, under versions that every write must meet."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from shared.domain.delivery import Delivery
from shared.domain.errors import AlreadyExists, Conflict, OutcomeUnknown
from shared.ports import StoredDelivery
from tests.fakes.failures import Failures


class FakeDeliveryStore:
    """A DeliveryStore that fails when it is told to."""

    def __init__(self) -> None:
        self.failures = Failures()
        self._stored: dict[str, StoredDelivery] = {}
        self._version = 0

    async def create(self, delivery: Delivery) -> StoredDelivery:
        """See DeliveryStore.create."""
        await self._begun("create")
        if delivery.id in self._stored:
            raise AlreadyExists(delivery.id)
        stored = self.has(delivery)
        self.failures.after("create")
        return stored

    async def get(self, delivery_id: str) -> StoredDelivery | None:
        """See DeliveryStore.get."""
        await self._begun("get")
        return self._stored.get(delivery_id)

    async def write(self, before: StoredDelivery, delivery: Delivery) -> StoredDelivery:
        """See DeliveryStore.write."""
        await self._begun("write")
        found = self._stored.get(delivery.id)
        if found is None or found.version != before.version:
            raise Conflict(delivery.id)
        stored = self.has(delivery)
        self.failures.after("write")
        return stored

    async def after(self, delivery_id: str) -> Sequence[StoredDelivery]:
        """See DeliveryStore.after."""
        await self._begun("after")
        return [found for found in self._stored.values() if found.delivery.event.after == delivery_id]

    async def of_job(self, job_id: str, limit: int, before: int | None = None) -> Sequence[StoredDelivery]:
        """See DeliveryStore.of_job."""
        await self._begun("of_job")
        own = [(found.delivery.event.status_sequence, found) for found in self._stored.values()]
        mine = [pair for pair in own if pair[1].delivery.job_id == job_id and (before is None or pair[0] < before)]
        return [found for _, found in sorted(mine, key=lambda pair: pair[0], reverse=True)][:limit]

    async def due(self, now: datetime, limit: int) -> Sequence[StoredDelivery]:
        """See DeliveryStore.due."""
        await self._begun("due")
        woken = [(found.delivery.wake_at, found) for found in self._stored.values() if found.delivery.wake_at]
        due = sorted((pair for pair in woken if pair[0] <= now), key=lambda pair: pair[0])
        return [found for _, found in due[:limit]]

    def has(self, delivery: Delivery) -> StoredDelivery:
        """Put the delivery there, whatever was there before."""
        self._version += 1
        stored = self._stored[delivery.id] = StoredDelivery(delivery, self._version)
        return stored

    def delivery(self, delivery_id: str) -> Delivery:
        """As it is stored now."""
        return self._stored[delivery_id].delivery

    def lose_answer(self, method: str, times: int = 1) -> None:
        """Let the next `times` answers of `method` be lost after it took effect."""
        self.failures.lose_answer(method, OutcomeUnknown("the answer was lost"), times)

    async def _begun(self, method: str) -> None:
        await asyncio.sleep(0)
        self.failures.before(method)
