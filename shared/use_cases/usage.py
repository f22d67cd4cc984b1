"""What a tenant spent in a window of time, in all and by day, project, user, type or model."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from shared.domain.errors import Rejected
from shared.domain.ledger import Entry
from shared.ports import Ledger

MAX_ENTRIES = 20_000  # ends of jobs that one answer is added up from
GroupBy = Literal["day", "project_id", "user_id", "job_type", "provider", "model"]


class Spent(msgspec.Struct, kw_only=True):
    """A sum; money in micro-USD, where a lost answer counts at its estimate."""

    jobs: int = 0
    images: int = 0
    calls: int = 0
    micros: int = 0
    unknown_calls: int = 0  # of `calls`, those whose answer was lost, or whose price nobody knows

    def add(self, entry: Entry) -> None:
        """Count one end of a job."""
        self.jobs += 1
        self.images += entry.images
        self.calls += entry.calls
        self.micros += entry.micros
        self.unknown_calls += entry.unknown_calls


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What was spent, in all and by group."""

    total: Spent
    groups: Sequence[tuple[str | None, Spent]]  # in the order of their keys; None: jobs that have none


class ReadUsage:
    """GET /v1/usage."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def __call__(
        self, tenant: str, since: datetime, until: datetime, where: Mapping[str, str], group_by: GroupBy
    ) -> Usage:
        """The usage from `since` to before `until`.

        Raises:
            Rejected: 400, more ends of jobs lie in the window than one answer takes.
            Unavailable: the database does not answer.
        """
        entries = await entries_of(self._ledger, tenant, since, until, where)
        return Usage(total=_sum(entries), groups=_grouped(entries, lambda entry: getattr(entry, group_by)))


async def entries_of(
    ledger: Ledger, tenant: str, since: datetime, until: datetime, where: Mapping[str, str]
) -> Sequence[Entry]:
    """All entries of the window.

    Raises:
        Rejected: 400, there are too many.
    """
    entries = await ledger.entries(tenant, since, until, where, MAX_ENTRIES + 1)
    if len(entries) > MAX_ENTRIES:
        text = f"more than {MAX_ENTRIES} jobs ended in that time: ask for a shorter one"
        raise Rejected(400, "window_too_large", f"from, to: {text}.")
    return entries


def _sum(entries: Sequence[Entry]) -> Spent:
    spent = Spent()
    for entry in entries:
        spent.add(entry)
    return spent


def _grouped(entries: Sequence[Entry], key: Callable[[Entry], str | None]) -> Sequence[tuple[str | None, Spent]]:
    groups: dict[str | None, Spent] = {}
    for entry in entries:
        groups.setdefault(key(entry), Spent()).add(entry)
    return sorted(groups.items(), key=lambda group: (group[0] is not None, group[0] or ""))
