"""Where tenants are kept, and what reads them for those who serve requests."""

from typing import Protocol

import msgspec

from shared.domain.tenant import Tenant


class StoredTenant(msgspec.Struct, frozen=True):
    """A tenant as it was read or written, with the version that a next write must meet."""

    tenant: Tenant
    version: object


class TenantStore(Protocol):
    """`tenants/{id}`: every write is conditional. Errors as JobStore's."""

    async def create(self, tenant: Tenant) -> StoredTenant:
        """Store a new tenant.

        Raises:
            AlreadyExists, OutcomeUnknown, Unavailable: as JobStore.create.
        """
        ...

    async def get(self, tenant_id: str) -> StoredTenant | None:
        """Read a tenant; None when there is none.

        Raises:
            Unavailable: the database does not answer.
        """
        ...

    async def write(self, before: StoredTenant, tenant: Tenant) -> StoredTenant:
        """Replace `before`, which must still be the stored version.

        Raises:
            Conflict, OutcomeUnknown: as JobStore.write.
        """
        ...


class Tenants(Protocol):
    """Tenants as they were at most a minute ago: `shared/use_cases/tenants.py`."""

    async def get(self, tenant_id: str) -> Tenant:
        """The tenant; one of that id with the deployment's defaults where none is stored.

        Raises:
            Unavailable: the database does not answer.
        """
        ...
