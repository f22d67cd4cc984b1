"""How much is left of what a tenant, a project and a user may use."""

from shared.domain.accounts import limits_on
from shared.domain.charges import left
from shared.domain.exceeded import Left
from shared.ports import Clock, Tenants
from shared.ports.accounts import AccountReader


class ReadLimits:
    """GET /v1/limits."""

    def __init__(self, accounts: AccountReader, tenants: Tenants, clock: Clock) -> None:
        self._accounts = accounts
        self._tenants = tenants
        self._clock = clock

    async def __call__(self, tenant_id: str, project_id: str | None, user_id: str | None) -> tuple[Left, ...]:
        """Each limit that a job of that project and user would meet, but for requests a minute; it may be none.

        Raises:
            Unavailable: the database does not answer.
        """
        limits = limits_on(await self._tenants.get(tenant_id), project_id, user_id)
        accounts = await self._accounts.read(list(limits)) if limits else ()
        now = self._clock.now()
        return tuple(one for account in accounts for one in left(account, limits[account.id], now))
