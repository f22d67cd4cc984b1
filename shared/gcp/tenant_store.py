"""TenantStore on Firestore: `tenants/{id}`, every write conditional."""

import msgspec

from shared.domain.tenant import Tenant
from shared.gcp.documents import changes, created, fields, read, written
from shared.gcp.encoding import creation, update
from shared.gcp.firestore import Firestore
from shared.ports import StoredTenant

COLLECTION = "tenants"


class FirestoreTenantStore:
    """Tenants as documents."""

    def __init__(self, firestore: Firestore) -> None:
        self._firestore = firestore

    async def create(self, tenant: Tenant) -> StoredTenant:
        """See TenantStore.create."""
        version = await created(self._firestore, creation(self._name(tenant.id), fields(tenant)))
        return StoredTenant(tenant, version)

    async def get(self, tenant_id: str) -> StoredTenant | None:
        """See TenantStore.get."""
        snapshot = await read(self._firestore, self._name(tenant_id))
        if snapshot is None:
            return None
        return StoredTenant(msgspec.convert(snapshot.fields, Tenant), snapshot.version)

    async def write(self, before: StoredTenant, tenant: Tenant) -> StoredTenant:
        """See TenantStore.write."""
        change = update(self._name(tenant.id), changes(before.tenant, tenant), before.version)
        return StoredTenant(tenant, await written(self._firestore, change))

    def _name(self, tenant_id: str) -> str:
        return self._firestore.name_of(COLLECTION, tenant_id)
