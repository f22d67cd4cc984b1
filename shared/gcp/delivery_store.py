"""DeliveryStore on Firestore: `deliveries/{id}`, every write conditional."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from google.cloud.firestore_v1.base_query import FieldFilter
from google.cloud.firestore_v1.query import Query

from shared.domain.delivery import Delivery
from shared.gcp.documents import changes, created, due, fields, found, read, written
from shared.gcp.encoding import creation, update
from shared.gcp.firestore import Firestore, Snapshot
from shared.ports import StoredDelivery

COLLECTION = "deliveries"
SEQUENCE = "event.status_sequence"


class FirestoreDeliveryStore:
    """Deliveries as documents."""

    def __init__(self, firestore: Firestore) -> None:
        self._firestore = firestore
        self._deliveries: Any = firestore.collection(COLLECTION)

    async def create(self, delivery: Delivery) -> StoredDelivery:
        """See DeliveryStore.create."""
        version = await created(self._firestore, creation(self._name(delivery.id), fields(delivery)))
        return StoredDelivery(delivery, version)

    async def get(self, delivery_id: str) -> StoredDelivery | None:
        """See DeliveryStore.get."""
        snapshot = await read(self._firestore, self._name(delivery_id))
        return _stored(snapshot) if snapshot else None

    async def write(self, before: StoredDelivery, delivery: Delivery) -> StoredDelivery:
        """See DeliveryStore.write."""
        change = update(self._name(delivery.id), changes(before.delivery, delivery), before.version)
        return StoredDelivery(delivery, await written(self._firestore, change))

    async def after(self, delivery_id: str) -> Sequence[StoredDelivery]:
        """See DeliveryStore.after."""
        next_ones = self._deliveries.where(filter=FieldFilter("event.after", "==", delivery_id))
        return await _deliveries(self._firestore, next_ones)

    async def of_job(self, job_id: str, limit: int, before: int | None = None) -> Sequence[StoredDelivery]:
        """See DeliveryStore.of_job."""
        own = self._deliveries.where(filter=FieldFilter("job_id", "==", job_id))
        if before is not None:
            own = own.where(filter=FieldFilter(SEQUENCE, "<", before))
        return await _deliveries(self._firestore, own.order_by(SEQUENCE, direction=Query.DESCENDING).limit(limit))

    async def due(self, now: datetime, limit: int) -> Sequence[StoredDelivery]:
        """See DeliveryStore.due."""
        woken = self._deliveries.where(filter=FieldFilter("wake_at", "<=", now))
        return await due(self._firestore, woken, limit, _stored)

    def _name(self, delivery_id: str) -> str:
        return self._firestore.name_of(COLLECTION, delivery_id)


def _stored(snapshot: Snapshot) -> StoredDelivery:
    return StoredDelivery(msgspec.convert(snapshot.fields, Delivery), snapshot.version)


async def _deliveries(firestore: Firestore, query: Any) -> list[StoredDelivery]:
    return [_stored(snapshot) for snapshot in await found(firestore, query)]
