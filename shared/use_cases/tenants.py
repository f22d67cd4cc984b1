"""Tenants, read at most once a minute in each process."""

from datetime import UTC, datetime, timedelta

from shared.config import Settings
from shared.domain.tenant import Tenant, Usual, with_usual
from shared.ports import Clock, TenantStore
from shared.use_cases.recent import Recent

KEPT = timedelta(seconds=60)  # a change is in force everywhere after so long
UNSTORED = datetime(1970, 1, 1, tzinfo=UTC)  # when a tenant was created that nobody created
USUAL = Usual()


class RecentTenants:
    """Tenants, over a store."""

    def __init__(self, store: TenantStore, clock: Clock, usual: Usual = USUAL) -> None:
        self._store = store
        self._usual = usual
        self._recent = Recent(self._read, clock, found=KEPT, missing=KEPT)

    async def get(self, tenant_id: str) -> Tenant:
        """See Tenants.get."""
        found = await self._recent(tenant_id) or Tenant(id=tenant_id, created_at=UNSTORED)
        return with_usual(found, self._usual)

    async def _read(self, tenant_id: str) -> Tenant | None:
        stored = await self._store.get(tenant_id)
        return stored.tenant if stored else None


def tenants_of(store: TenantStore, clock: Clock, settings: Settings) -> RecentTenants:
    """The tenants of this deployment."""
    usual = Usual(
        requests_per_minute=settings.requests_per_minute, unknown_price_micros=settings.unknown_price_micros
    )  # fmt: skip
    return RecentTenants(store, clock, usual)
