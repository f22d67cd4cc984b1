"""TenantStore on Firestore: `tenants/{id}`, every write conditional."""

from typing import Any

import msgspec
from google.cloud.firestore_v1.async_client import AsyncClient

from shared.domain.tenant import Tenant
from shared.gcp.documents import changes, fields, plain, read
from shared.gcp.errors import CALL_ERRORS, of_create, of_write
from shared.gcp.limits import WRITE
from shared.ports import StoredTenant

COLLECTION = "tenants"


class FirestoreTenantStore:
    """Tenants as documents."""

    def __init__(self, firestore: AsyncClient) -> None:
        self._firestore = firestore
        self._tenants: Any = firestore.collection(COLLECTION)

    async def create(self, tenant: Tenant) -> StoredTenant:
        """See TenantStore.create."""
        try:
            result = await self._tenants.document(tenant.id).create(fields(tenant), **WRITE)
        except CALL_ERRORS as exc:
            raise of_create(exc) from exc
        return StoredTenant(tenant, result.update_time)

    async def get(self, tenant_id: str) -> StoredTenant | None:
        """See TenantStore.get."""
        snapshot = await read(self._tenants.document(tenant_id))
        if snapshot is None:
            return None
        return StoredTenant(msgspec.convert(plain(snapshot.to_dict()), Tenant), snapshot.update_time)

    async def write(self, before: StoredTenant, tenant: Tenant) -> StoredTenant:
        """See TenantStore.write."""
        option = self._firestore.write_option(last_update_time=before.version)
        document = self._tenants.document(tenant.id)
        try:
            result = await document.update(changes(before.tenant, tenant), option=option, **WRITE)
        except CALL_ERRORS as exc:
            raise of_write(exc) from exc
        return StoredTenant(tenant, result.update_time)
