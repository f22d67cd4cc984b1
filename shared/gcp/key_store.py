"""KeyStore on Firestore: `api_keys/{id}`, every write conditional, and `principals/{email}`."""

from collections.abc import Sequence
from typing import Any

import msgspec
from google.cloud.firestore_v1.async_client import AsyncClient
from google.cloud.firestore_v1.base_query import FieldFilter

from shared.domain.api_key import ApiKey, Principal
from shared.gcp.documents import changes, fields, found, plain, read
from shared.gcp.errors import CALL_ERRORS, of_create, of_write
from shared.gcp.job_queries import newest
from shared.gcp.limits import WRITE
from shared.ports import Position, StoredKey

KEYS = "api_keys"
PRINCIPALS = "principals"


class FirestoreKeyStore:
    """Keys and principals as documents."""

    def __init__(self, firestore: AsyncClient) -> None:
        self._firestore = firestore
        self._keys: Any = firestore.collection(KEYS)
        self._principals: Any = firestore.collection(PRINCIPALS)

    async def create(self, key: ApiKey) -> StoredKey:
        """See KeyStore.create."""
        try:
            result = await self._keys.document(key.id).create(fields(key), **WRITE)
        except CALL_ERRORS as exc:
            raise of_create(exc) from exc
        return StoredKey(key, result.update_time)

    async def get(self, key_id: str) -> StoredKey | None:
        """See KeyStore.get."""
        snapshot = await read(self._keys.document(key_id))
        return _stored(snapshot) if snapshot else None

    async def write(self, before: StoredKey, key: ApiKey) -> StoredKey:
        """See KeyStore.write."""
        option = self._firestore.write_option(last_update_time=before.version)
        try:
            result = await self._keys.document(key.id).update(changes(before.key, key), option=option, **WRITE)
        except CALL_ERRORS as exc:
            raise of_write(exc) from exc
        return StoredKey(key, result.update_time)

    async def of_tenant(self, tenant: str, limit: int, after: Position | None) -> Sequence[StoredKey]:
        """See KeyStore.of_tenant."""
        own = self._keys.where(filter=FieldFilter("tenant", "==", tenant))
        return [_stored(snapshot) for snapshot in await found(newest(own, "created_at", after).limit(limit))]

    async def principal(self, email: str) -> Principal | None:
        """See KeyStore.principal."""
        snapshot = await read(self._principals.document(email))
        return msgspec.convert(plain(snapshot.to_dict()), Principal) if snapshot else None

    async def allow(self, principal: Principal) -> None:
        """See KeyStore.allow."""
        try:
            await self._principals.document(principal.email).set(fields(principal), **WRITE)
        except CALL_ERRORS as exc:
            raise of_create(exc) from exc

    async def forbid(self, email: str) -> None:
        """See KeyStore.forbid."""
        try:
            await self._principals.document(email).delete(**WRITE)
        except CALL_ERRORS as exc:
            raise of_create(exc) from exc


def _stored(snapshot: Any) -> StoredKey:
    return StoredKey(msgspec.convert(plain(snapshot.to_dict()), ApiKey), snapshot.update_time)
