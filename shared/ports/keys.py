"""Where API keys are kept, and the Google identities that need none."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from shared.domain.api_key import ApiKey, Principal
from shared.ports.jobs import Position


class StoredKey(msgspec.Struct, frozen=True):
    """A key as it was read or written, with the version that a next write must meet."""

    key: ApiKey
    version: object


class KeyStore(Protocol):
    """`api_keys/{id}`, every write conditional, and `principals/{email}`. Errors as JobStore's."""

    async def create(self, key: ApiKey) -> StoredKey:
        """Store a new key.

        Raises:
            AlreadyExists, OutcomeUnknown, Unavailable: as JobStore.create.
        """
        ...

    async def get(self, key_id: str) -> StoredKey | None:
        """Read a key; None when there is none.

        Raises:
            Unavailable: the database does not answer.
        """
        ...

    async def write(self, before: StoredKey, key: ApiKey) -> StoredKey:
        """Replace `before`, which must still be the stored version.

        Raises:
            Conflict, OutcomeUnknown: as JobStore.write.
        """
        ...

    async def of_tenant(self, tenant: str, limit: int, after: Position | None) -> Sequence[StoredKey]:
        """Up to `limit` of the tenant's keys, the newest first, from behind `after`.

        Raises:
            Unavailable: the database does not answer.
        """
        ...

    async def principal(self, email: str) -> Principal | None:
        """What a Google identity opens; None: nothing.

        Raises:
            Unavailable: the database does not answer.
        """
        ...

    async def allow(self, principal: Principal) -> None:
        """Let an identity in, or replace what it opens.

        Raises:
            OutcomeUnknown, Unavailable: as JobStore.create; to be repeated.
        """
        ...

    async def forbid(self, email: str) -> None:
        """Let an identity in no more; one that is not there is no error.

        Raises:
            OutcomeUnknown, Unavailable: as JobStore.create; to be repeated.
        """
        ...
