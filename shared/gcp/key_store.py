"""KeyStore on Firestore: `api_keys/{id}`, every write conditional, and `principals/{email}`."""

from collections.abc import Sequence

import msgspec
from google.cloud.firestore_v1.base_query import FieldFilter

from shared.domain.api_key import ApiKey, Principal
from shared.gcp.documents import changes, created, fields, found, read, written
from shared.gcp.encoding import creation, deletion, replacement, update
from shared.gcp.firestore import Firestore, Snapshot
from shared.gcp.job_queries import newest
from shared.ports import Position, StoredKey

KEYS = "api_keys"
PRINCIPALS = "principals"


class FirestoreKeyStore:
    """Keys and principals as documents."""

    def __init__(self, firestore: Firestore) -> None:
        self._firestore = firestore

    async def create(self, key: ApiKey) -> StoredKey:
        """See KeyStore.create."""
        version = await created(self._firestore, creation(self._key(key.id), fields(key)))
        return StoredKey(key, version)

    async def get(self, key_id: str) -> StoredKey | None:
        """See KeyStore.get."""
        snapshot = await read(self._firestore, self._key(key_id))
        return _stored(snapshot) if snapshot else None

    async def write(self, before: StoredKey, key: ApiKey) -> StoredKey:
        """See KeyStore.write."""
        change = update(self._key(key.id), changes(before.key, key), before.version)
        return StoredKey(key, await written(self._firestore, change))

    async def of_tenant(self, tenant: str, limit: int, after: Position | None) -> Sequence[StoredKey]:
        """See KeyStore.of_tenant."""
        own = self._firestore.collection(KEYS).where(filter=FieldFilter("tenant", "==", tenant))
        page = newest(own, "created_at", after).limit(limit)
        return [_stored(snapshot) for snapshot in await found(self._firestore, page)]

    async def principal(self, email: str) -> Principal | None:
        """See KeyStore.principal."""
        snapshot = await read(self._firestore, self._principal(email))
        return msgspec.convert(snapshot.fields, Principal) if snapshot else None

    async def allow(self, principal: Principal) -> None:
        """See KeyStore.allow."""
        await created(self._firestore, replacement(self._principal(principal.email), fields(principal)))

    async def forbid(self, email: str) -> None:
        """See KeyStore.forbid."""
        await created(self._firestore, deletion(self._principal(email)))

    def _key(self, key_id: str) -> str:
        return self._firestore.name_of(KEYS, key_id)

    def _principal(self, email: str) -> str:
        return self._firestore.name_of(PRINCIPALS, email)


def _stored(snapshot: Snapshot) -> StoredKey:
    return StoredKey(msgspec.convert(snapshot.fields, ApiKey), snapshot.version)
