"""ParentStore on Firestore: `batches/{id}`, every write conditional; one RPC a call, two where accounts are charged."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from google.cloud.firestore_v1.async_client import AsyncClient
from google.cloud.firestore_v1.base_query import FieldFilter

from shared.domain.accounts import Charge
from shared.domain.parent import Parent, ParentKind
from shared.gcp.accounts import Accounts
from shared.gcp.documents import changes, due, fields, found, plain, read
from shared.gcp.errors import CALL_ERRORS, of_create, of_write
from shared.gcp.job_queries import newest
from shared.gcp.limits import WRITE
from shared.ports import Position, StoredParent

BATCHES = "batches"


class FirestoreParentStore:
    """Parents as documents of one collection."""

    def __init__(self, firestore: AsyncClient, collection: str) -> None:
        self._firestore = firestore
        self._parents: Any = firestore.collection(collection)
        self._accounts = Accounts(firestore)

    async def create(self, parent: Parent, charge: Charge | None = None) -> StoredParent:
        """See ParentStore.create."""
        document = self._parents.document(parent.id)
        if charge:

            def add(batch: Any) -> None:
                batch.create(document, fields(parent))

            return StoredParent(parent, await self._accounts.commit(charge, document, None, add))
        try:
            result = await document.create(fields(parent), **WRITE)
        except CALL_ERRORS as exc:
            raise of_create(exc) from exc
        return StoredParent(parent, result.update_time)

    async def get(self, parent_id: str) -> StoredParent | None:
        """See ParentStore.get."""
        snapshot = await read(self._parents.document(parent_id))
        return _stored(snapshot) if snapshot else None

    async def write(self, before: StoredParent, parent: Parent, charge: Charge | None = None) -> StoredParent:
        """See ParentStore.write."""
        document, changed = self._parents.document(parent.id), changes(before.parent, parent)
        if charge:

            def add(batch: Any) -> None:
                batch.update(document, changed, option=self._version(before))

            return StoredParent(parent, await self._accounts.commit(charge, document, before.version, add))
        try:
            result = await document.update(changed, option=self._version(before), **WRITE)
        except CALL_ERRORS as exc:
            raise of_write(exc) from exc
        return StoredParent(parent, result.update_time)

    async def remove(self, before: StoredParent) -> None:
        """See ParentStore.remove."""
        try:
            await self._parents.document(before.parent.id).delete(option=self._version(before), **WRITE)
        except CALL_ERRORS as exc:
            raise of_write(exc) from exc

    async def page(
        self, tenant: str, kind: ParentKind, limit: int, after: Position | None = None
    ) -> Sequence[StoredParent]:
        """See ParentStore.page."""
        own = self._parents.where(filter=FieldFilter("tenant", "==", tenant))
        query = newest(own.where(filter=FieldFilter("kind", "==", kind)), "created_at", after)
        return [_stored(snapshot) for snapshot in await found(query.limit(limit))]

    async def due(self, now: datetime, limit: int) -> Sequence[StoredParent]:
        """See ParentStore.due."""
        woken = self._parents.where(filter=FieldFilter("wake_at", "<=", now))
        return await due(woken.order_by("wake_at"), limit, _stored)

    def _version(self, before: StoredParent) -> Any:
        return self._firestore.write_option(last_update_time=before.version)


def _stored(snapshot: Any) -> StoredParent:
    return StoredParent(msgspec.convert(plain(snapshot.to_dict()), Parent), snapshot.update_time)
