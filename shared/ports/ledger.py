"""What was spent, and how jobs ended."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from shared.domain.ledger import Entry


class Sum(NamedTuple):
    """What entries come to; micro-USD, where a lost answer counts at its estimate."""

    micros: int
    unknown_calls: int


class Ledger(Protocol):
    """`ledger/{id}`, read; the entries are written by JobStore.write."""

    async def entries(
        self, tenant: str, since: datetime, until: datetime, where: Mapping[str, str], limit: int
    ) -> Sequence[Entry]:
        """Up to `limit` of the tenant's entries from `since` to before `until`, the oldest first.

        `where` has at most one field, of project_id, user_id, job_type and model, and the value it must have.

        Raises:
            Unavailable: the database does not answer.
        """
        ...

    async def of_parent(self, tenant: str, parent_id: str) -> Sum:
        """What the jobs of a batch or a storyboard have spent, as far as they have ended.

        Raises:
            Unavailable: the database does not answer.
        """
        ...
