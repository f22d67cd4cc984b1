"""API keys in a dictionary, under versions that every write must meet; and principals in another."""

import asyncio
from collections.abc import Sequence

from shared.domain.api_key import ApiKey, Principal
from shared.domain.errors import AlreadyExists, Conflict, OutcomeUnknown
from shared.ports import Position, StoredKey
from tests.fakes.failures import Failures


class FakeKeyStore:
    """A KeyStore that fails when it is told to, and counts what is read."""

    def __init__(self) -> None:
        self.failures = Failures()
        self.reads = 0
        self._stored: dict[str, StoredKey] = {}
        self._principals: dict[str, Principal] = {}
        self._version = 0

    async def create(self, key: ApiKey) -> StoredKey:
        """See KeyStore.create."""
        await self._begun("create")
        if key.id in self._stored:
            raise AlreadyExists(key.id)
        stored = self.has(key)
        self.failures.after("create")
        return stored

    async def get(self, key_id: str) -> StoredKey | None:
        """See KeyStore.get."""
        self.reads += 1
        await self._begun("get")
        return self._stored.get(key_id)

    async def write(self, before: StoredKey, key: ApiKey) -> StoredKey:
        """See KeyStore.write."""
        await self._begun("write")
        found = self._stored.get(key.id)
        if found is None or found.version != before.version:
            raise Conflict(key.id)
        stored = self.has(key)
        self.failures.after("write")
        return stored

    async def of_tenant(self, tenant: str, limit: int, after: Position | None) -> Sequence[StoredKey]:
        """See KeyStore.of_tenant."""
        await self._begun("of_tenant")
        placed = [(_place(found.key), found) for found in self._stored.values() if found.key.tenant == tenant]
        placed.sort(key=lambda pair: pair[0], reverse=True)
        return [found for place, found in placed if after is None or place < (after.at, after.job_id)][:limit]

    async def principal(self, email: str) -> Principal | None:
        """See KeyStore.principal."""
        self.reads += 1
        await self._begun("principal")
        return self._principals.get(email)

    async def allow(self, principal: Principal) -> None:
        """See KeyStore.allow."""
        await self._begun("allow")
        self._principals[principal.email] = principal
        self.failures.after("allow")

    async def forbid(self, email: str) -> None:
        """See KeyStore.forbid."""
        await self._begun("forbid")
        self._principals.pop(email, None)
        self.failures.after("forbid")

    def has(self, key: ApiKey) -> StoredKey:
        """Put the key there, whatever was there before."""
        self._version += 1
        stored = self._stored[key.id] = StoredKey(key, self._version)
        return stored

    def lose_answer(self, method: str) -> None:
        """Let the next answer of `method` be lost after it took effect."""
        self.failures.lose_answer(method, OutcomeUnknown("the answer was lost"))

    async def _begun(self, method: str) -> None:
        await asyncio.sleep(0)
        self.failures.before(method)


def _place(key: ApiKey) -> tuple[object, str]:
    return key.created_at, key.id
