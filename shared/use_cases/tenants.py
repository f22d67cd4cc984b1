"""Tenants, read at most once a minute in each process."""

from datetime import UTC, datetime, timedelta

from shared.domain.tenant import Tenant
from shared.ports import Clock, TenantStore
from shared.use_cases.recent import Recent

KEPT = timedelta(seconds=60)  # a change is in force everywhere after so long
UNSTORED = datetime(1970, 1, 1, tzinfo=UTC)  # when a tenant was created that nobody created


class RecentTenants:
    """Tenants, over a store."""

    def __init__(self, store: TenantStore, clock: Clock) -> None:
        self._store = store
        self._recent = Recent(self._read, clock, found=KEPT, missing=KEPT)

    async def get(self, tenant_id: str) -> Tenant:
        """See Tenants.get."""
        return await self._recent(tenant_id) or Tenant(id=tenant_id, created_at=UNSTORED)

    async def _read(self, tenant_id: str) -> Tenant | None:
        stored = await self._store.get(tenant_id)
        return stored.tenant if stored else None
