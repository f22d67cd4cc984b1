"""ParentStore on Firestore: `batches/{id}`, every write conditional; one RPC a call, two where accounts are charged."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from google.cloud.firestore_v1.base_query import FieldFilter

from shared.domain.accounts import Charge
from shared.domain.parent import Parent, ParentKind
from shared.gcp.accounts import Accounts
from shared.gcp.documents import changes, created, due, fields, found, read, written
from shared.gcp.encoding import creation, deletion, update
from shared.gcp.firestore import Firestore, Snapshot
from shared.gcp.job_queries import newest
from shared.ports import Position, StoredParent

BATCHES = "batches"


class FirestoreParentStore:
    """Parents as documents of one collection."""

    def __init__(self, firestore: Firestore, collection: str) -> None:
        self._firestore = firestore
        self._collection = collection
        self._parents: Any = firestore.collection(collection)
        self._accounts = Accounts(firestore)

    async def create(self, parent: Parent, charge: Charge | None = None) -> StoredParent:
        """See ParentStore.create."""
        name = self._name(parent.id)
        new = creation(name, fields(parent))
        if charge:
            return StoredParent(parent, await self._accounts.commit(charge, name, None, [new]))
        return StoredParent(parent, await created(self._firestore, new))

    async def get(self, parent_id: str) -> StoredParent | None:
        """See ParentStore.get."""
        snapshot = await read(self._firestore, self._name(parent_id))
        return _stored(snapshot) if snapshot else None

    async def write(self, before: StoredParent, parent: Parent, charge: Charge | None = None) -> StoredParent:
        """See ParentStore.write."""
        name = self._name(parent.id)
        change = update(name, changes(before.parent, parent), before.version)
        if charge:
            return StoredParent(parent, await self._accounts.commit(charge, name, before.version, [change]))
        return StoredParent(parent, await written(self._firestore, change))

    async def remove(self, before: StoredParent) -> None:
        """See ParentStore.remove."""
        await written(self._firestore, deletion(self._name(before.parent.id), before.version))

    async def page(
        self, tenant: str, kind: ParentKind, limit: int, after: Position | None = None
    ) -> Sequence[StoredParent]:
        """See ParentStore.page."""
        own = self._parents.where(filter=FieldFilter("tenant", "==", tenant))
        query = newest(own.where(filter=FieldFilter("kind", "==", kind)), "created_at", after)
        return [_stored(snapshot) for snapshot in await found(self._firestore, query.limit(limit))]

    async def due(self, now: datetime, limit: int) -> Sequence[StoredParent]:
        """See ParentStore.due."""
        woken = self._parents.where(filter=FieldFilter("wake_at", "<=", now))
        return await due(self._firestore, woken, limit, _stored)

    def _name(self, parent_id: str) -> str:
        return self._firestore.name_of(self._collection, parent_id)


def _stored(snapshot: Snapshot) -> StoredParent:
    return StoredParent(msgspec.convert(snapshot.fields, Parent), snapshot.version)
