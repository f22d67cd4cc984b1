"""Parents in a dictionary, under versions that every write must meet."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import msgspec

from shared.domain.accounts import Charge
from shared.domain.errors import AlreadyExists, Conflict, OutcomeUnknown
from shared.domain.parent import Parent, ParentKind
from shared.ports import Position, StoredParent
from tests.fakes.accounts import FakeAccounts
from tests.fakes.failures import Failures


class FakeParentStore:
    """A ParentStore that fails when it is told to."""

    def __init__(self, accounts: FakeAccounts | None = None) -> None:
        self.accounts = accounts or FakeAccounts()
        self.failures = Failures()
        self.history: list[Parent] = []  # every write that took effect, in order
        self.calls: list[str] = []  # by the names of the methods
        self._documents: dict[str, tuple[bytes, int]] = {}
        self._version = 0

    async def create(self, parent: Parent, charge: Charge | None = None) -> StoredParent:
        """See ParentStore.create."""
        await self._begun("create")
        if parent.id in self._documents:
            raise AlreadyExists(parent.id)
        self.accounts.apply(charge)
        stored = self.has(parent)
        self.failures.after("create")
        return stored

    async def get(self, parent_id: str) -> StoredParent | None:
        """See ParentStore.get."""
        await self._begun("get")
        return self._stored(parent_id)

    async def write(self, before: StoredParent, parent: Parent, charge: Charge | None = None) -> StoredParent:
        """See ParentStore.write."""
        await self._begun("write")
        self._meet(before)
        self.accounts.apply(charge)
        stored = self.has(parent)
        self.failures.after("write")
        return stored

    async def remove(self, before: StoredParent) -> None:
        """See ParentStore.remove."""
        await self._begun("remove")
        self._meet(before)
        del self._documents[before.parent.id]
        self.failures.after("remove")

    async def page(
        self, tenant: str, kind: ParentKind, limit: int, after: Position | None = None
    ) -> Sequence[StoredParent]:
        """See ParentStore.page."""
        await self._begun("page")
        stored = [found for parent_id in self._documents if (found := self._stored(parent_id))]
        own = [found for found in stored if (found.parent.tenant, found.parent.kind) == (tenant, kind)]
        placed = {(found.parent.created_at, found.parent.id): found for found in own}
        return [placed[at] for at in sorted(placed, reverse=True) if after is None or at < (after.at, after.job_id)][
            :limit
        ]

    async def due(self, now: datetime, limit: int) -> Sequence[StoredParent]:
        """See ParentStore.due."""
        await self._begun("due")
        stored = [found for parent_id in self._documents if (found := self._stored(parent_id))]
        woken = [(found.parent.wake_at, found) for found in stored if found.parent.wake_at]
        due = sorted((pair for pair in woken if pair[0] <= now), key=lambda pair: pair[0])
        return [found for _, found in due[:limit]]

    def has(self, parent: Parent) -> StoredParent:
        """Put the parent there, whatever was there before."""
        self._version += 1
        self._documents[parent.id] = msgspec.json.encode(parent), self._version
        self.history.append(parent)
        return StoredParent(parent, self._version)

    def parent(self, parent_id: str) -> Parent | None:
        """As it is stored now."""
        found = self._stored(parent_id)
        return found.parent if found else None

    def lose_answer(self, method: str, times: int = 1) -> None:
        """Let the next `times` answers of `method` be lost after it took effect."""
        self.failures.lose_answer(method, OutcomeUnknown("the answer was lost"), times)

    def _meet(self, before: StoredParent) -> None:
        found = self._stored(before.parent.id)
        if found is None or found.version != before.version:
            raise Conflict(before.parent.id)

    def _stored(self, parent_id: str) -> StoredParent | None:
        if parent_id not in self._documents:
            return None
        data, version = self._documents[parent_id]
        return StoredParent(msgspec.json.decode(data, type=Parent), version)

    async def _begun(self, method: str) -> None:
        self.calls.append(method)
        await asyncio.sleep(0)
        self.failures.before(method)
