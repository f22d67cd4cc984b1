"""Tenants in a dictionary, under versions that every write must meet."""

import asyncio

from shared.domain.errors import AlreadyExists, Conflict, OutcomeUnknown
from shared.domain.tenant import Tenant
from shared.ports import StoredTenant
from tests.fakes.failures import Failures


class FakeTenantStore:
    """A TenantStore that fails when it is told to, and counts what is read."""

    def __init__(self) -> None:
        self.failures = Failures()
        self.reads = 0
        self._stored: dict[str, StoredTenant] = {}
        self._version = 0

    async def create(self, tenant: Tenant) -> StoredTenant:
        """See TenantStore.create."""
        await self._begun("create")
        if tenant.id in self._stored:
            raise AlreadyExists(tenant.id)
        stored = self.has(tenant)
        self.failures.after("create")
        return stored

    async def get(self, tenant_id: str) -> StoredTenant | None:
        """See TenantStore.get."""
        self.reads += 1
        await self._begun("get")
        return self._stored.get(tenant_id)

    async def write(self, before: StoredTenant, tenant: Tenant) -> StoredTenant:
        """See TenantStore.write."""
        await self._begun("write")
        found = self._stored.get(tenant.id)
        if found is None or found.version != before.version:
            raise Conflict(tenant.id)
        stored = self.has(tenant)
        self.failures.after("write")
        return stored

    def has(self, tenant: Tenant) -> StoredTenant:
        """Put the tenant there, whatever was there before."""
        self._version += 1
        stored = self._stored[tenant.id] = StoredTenant(tenant, self._version)
        return stored

    def lose_answer(self, method: str) -> None:
        """Let the next answer of `method` be lost after it took effect."""
        self.failures.lose_answer(method, OutcomeUnknown("the answer was lost"))

    async def _begun(self, method: str) -> None:
        await asyncio.sleep(0)
        self.failures.before(method)
