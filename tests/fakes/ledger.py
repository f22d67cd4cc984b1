"""A ledger in a list."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from shared.domain.ledger import Entry
from shared.ports.ledger import Sum


class FakeLedger:
    """Reads the entries it holds, in any order they came."""

    def __init__(self, entries: list[Entry]) -> None:
        self._entries = entries

    async def entries(
        self, tenant: str, since: datetime, until: datetime, where: Mapping[str, str], limit: int
    ) -> Sequence[Entry]:
        """See Ledger.entries."""
        fit = [
            entry
            for entry in self._entries
            if entry.tenant == tenant
            and since <= entry.at < until
            and all(getattr(entry, name) == value for name, value in where.items())
        ]
        return sorted(fit, key=lambda entry: entry.at)[:limit]

    async def of_parent(self, tenant: str, parent_id: str) -> Sum:
        """See Ledger.of_parent."""
        own = [entry for entry in self._entries if (entry.tenant, entry.parent_id) == (tenant, parent_id)]
        return Sum(sum(entry.micros for entry in own), sum(entry.unknown_calls for entry in own))
