"""Where it is kept what waits."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from shared.domain.control import Control


class StoredControl(msgspec.Struct, frozen=True):
    """A control as it was read or written, with the version that a next write must meet."""

    control: Control
    version: object


class ControlStore(Protocol):
    """`controls/{kind}_{name}`, a few in all: every write is conditional. Errors as JobStore's."""

    async def all(self) -> Sequence[StoredControl]:
        """Every control there is, by id.

        Raises:
            Unavailable: the database does not answer.
        """
        ...

    async def get(self, control_id: str) -> StoredControl | None:
        """Read a control; None when there is none.

        Raises:
            Unavailable: the database does not answer.
        """
        ...

    async def create(self, control: Control) -> StoredControl:
        """Store a new control.

        Raises:
            AlreadyExists, OutcomeUnknown, Unavailable: as JobStore.create.
        """
        ...

    async def write(self, before: StoredControl, control: Control) -> StoredControl:
        """Replace `before`, which must still be the stored version.

        Raises:
            Conflict, OutcomeUnknown: as JobStore.write.
        """
        ...

    async def remove(self, before: StoredControl) -> None:
        """Remove it, where `before` is still the stored version.

        Raises:
            Conflict, OutcomeUnknown: as JobStore.write.
        """
        ...
