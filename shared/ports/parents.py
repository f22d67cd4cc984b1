"""Where batches and storyboards are kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from shared.domain.accounts import Charge
from shared.domain.parent import Parent, ParentKind
from shared.ports.jobs import Position


class StoredParent(msgspec.Struct, frozen=True):
    """A parent as it was read or written, with the version that a next write must meet."""

    parent: Parent
    version: object  # the adapter's own; compare, never look inside


class ParentStore(Protocol):
    """Parents of one kind: every write is conditional. Errors as JobStore's."""

    async def create(self, parent: Parent, charge: Charge | None = None) -> StoredParent:
        """Store a new parent, and charge accounts for its children: both or neither.

        Raises:
            AlreadyExists, OutcomeUnknown, Unavailable, Rejected: as JobStore.create.
        """
        ...

    async def get(self, parent_id: str) -> StoredParent | None:
        """Read a parent; None when there is none.

        Raises:
            Unavailable: the database does not answer.
        """
        ...

    async def write(self, before: StoredParent, parent: Parent, charge: Charge | None = None) -> StoredParent:
        """Replace `before`, which must still be the stored version; change accounts with it.

        Raises:
            Conflict, OutcomeUnknown, Unavailable: as JobStore.write.
        """
        ...

    async def remove(self, before: StoredParent) -> None:
        """Remove `before`, which must still be the stored version.

        Raises:
            Conflict, OutcomeUnknown: as JobStore.write.
        """
        ...

    async def page(
        self, tenant: str, kind: ParentKind, limit: int, after: Position | None = None
    ) -> Sequence[StoredParent]:
        """Up to `limit` of the tenant's parents of that kind, the newest first; only those `after` a position.

        Raises:
            Unavailable: the database does not answer.
        """
        ...

    async def due(self, now: datetime, limit: int) -> Sequence[StoredParent]:
        """Up to `limit` parents with `wake_at <= now`, the longest due first.

        Raises:
            Unavailable: the database does not answer.
        """
        ...
