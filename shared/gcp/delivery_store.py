"""DeliveryStore on Firestore: `deliveries/{id}`, every write conditional."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from google.cloud.firestore_v1.async_client import AsyncClient
from google.cloud.firestore_v1.base_query import FieldFilter
from google.cloud.firestore_v1.query import Query

from shared.domain.delivery import Delivery
from shared.gcp.documents import changes, due, fields, found, plain, read
from shared.gcp.errors import CALL_ERRORS, of_create, of_write
from shared.gcp.limits import WRITE
from shared.ports import StoredDelivery

COLLECTION = "deliveries"
SEQUENCE = "event.status_sequence"


class FirestoreDeliveryStore:
    """Deliveries as documents."""

    def __init__(self, firestore: AsyncClient) -> None:
        self._firestore = firestore
        self._deliveries: Any = firestore.collection(COLLECTION)

    async def create(self, delivery: Delivery) -> StoredDelivery:
        """See DeliveryStore.create."""
        try:
            result = await self._deliveries.document(delivery.id).create(fields(delivery), **WRITE)
        except CALL_ERRORS as exc:
            raise of_create(exc) from exc
        return StoredDelivery(delivery, result.update_time)

    async def get(self, delivery_id: str) -> StoredDelivery | None:
        """See DeliveryStore.get."""
        snapshot = await read(self._deliveries.document(delivery_id))
        return _stored(snapshot) if snapshot else None

    async def write(self, before: StoredDelivery, delivery: Delivery) -> StoredDelivery:
        """See DeliveryStore.write."""
        option = self._firestore.write_option(last_update_time=before.version)
        document = self._deliveries.document(delivery.id)
        try:
            result = await document.update(changes(before.delivery, delivery), option=option, **WRITE)
        except CALL_ERRORS as exc:
            raise of_write(exc) from exc
        return StoredDelivery(delivery, result.update_time)

    async def after(self, delivery_id: str) -> Sequence[StoredDelivery]:
        """See DeliveryStore.after."""
        return await _deliveries(self._deliveries.where(filter=FieldFilter("event.after", "==", delivery_id)))

    async def of_job(self, job_id: str, limit: int, before: int | None = None) -> Sequence[StoredDelivery]:
        """See DeliveryStore.of_job."""
        own = self._deliveries.where(filter=FieldFilter("job_id", "==", job_id))
        if before is not None:
            own = own.where(filter=FieldFilter(SEQUENCE, "<", before))
        return await _deliveries(own.order_by(SEQUENCE, direction=Query.DESCENDING).limit(limit))

    async def due(self, now: datetime, limit: int) -> Sequence[StoredDelivery]:
        """See DeliveryStore.due."""
        woken = self._deliveries.where(filter=FieldFilter("wake_at", "<=", now))
        return await due(woken.order_by("wake_at"), limit, _stored)


def _stored(snapshot: Any) -> StoredDelivery:
    return StoredDelivery(msgspec.convert(plain(snapshot.to_dict()), Delivery), snapshot.update_time)


async def _deliveries(query: Any) -> list[StoredDelivery]:
    return [_stored(snapshot) for snapshot in await found(query)]
