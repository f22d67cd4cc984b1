"""What a tenant, a project or a user has under way and has spent: counted in the very commit that takes a job.

submit ── reserved, with the job's creation ──> its end ── settled ──> spent; what was not is free again

Days and months are those of UTC. A reservation counts in the day in which it was made, whenever it is settled: once
that day is over, settling it only ends what is in flight.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256

import msgspec

from shared.domain.tenant import Allowance, Budget, Tenant

NO_DAY = ""  # earlier than every day


class Account(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`accounts/{id}`: the figures of `day`, such as 2026-11-21, and of its month; money in micro-USD."""

    id: str
    day: str = NO_DAY
    in_flight: int = 0  # jobs, of whatever day
    day_images: int = 0
    day_reserved: int = 0
    day_spent: int = 0
    month_reserved: int = 0
    month_spent: int = 0


class Reservation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was counted, on each of the accounts, before a job was taken."""

    accounts: tuple[str, ...]
    day: str
    jobs: int = 1
    images: int
    micros: int
    unknown_micros: int = 0  # what a call counts at whose price nobody knows
    first_call: int = 0  # of the job's calls, the first that it is for


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much an account may hold."""

    of: str  # whose it is, for its reader
    allowance: Allowance
    budget: Budget = Budget()

    @property
    def counted(self) -> bool:
        """Whether anything of it is counted in an account."""
        most = (self.allowance.jobs_in_flight, self.allowance.images_per_day)
        return any(one is not None for one in (*most, self.budget.day_micros, self.budget.month_micros))


Rule = Callable[[Account], Account]
Charge = Mapping[str, Rule]  # by the account's id; a rule that raises refuses the whole commit


def limits_on(tenant: Tenant, project_id: str | None, user_id: str | None) -> dict[str, Limits]:
    """The accounts that a job of that project and user is counted on; none where nothing of it is limited."""
    found = {tenant.id: Limits(of="tenant", allowance=tenant.limits, budget=tenant.budget)}
    if project_id is not None:
        own = tenant.project_budgets.get(project_id, tenant.project_budget)
        limits = Limits(of=f"project {project_id}", allowance=tenant.project_limits, budget=own)
        found[f"{tenant.id}:project:{project_id}"] = limits
    if user_id is not None:  # hashed: it may have any character, and a document's id may not
        limits = Limits(of=f"user {user_id}", allowance=tenant.user_limits)
        found[f"{tenant.id}:user:{sha256(user_id.encode()).hexdigest()[:32]}"] = limits
    return {account: limits for account, limits in found.items() if limits.counted}


def day_of(now: datetime) -> str:
    """The day in UTC, such as 2026-11-21."""
    return now.astimezone(UTC).date().isoformat()


def summed(reservations: Iterable[Reservation]) -> tuple[Reservation, ...]:
    """The same in fewer, one for each set of accounts; all are of the same day."""
    groups: dict[tuple[str, ...], Reservation] = {}
    for one in reservations:
        before = groups.get(one.accounts)
        groups[one.accounts] = plus(before, one) if before else one
    return tuple(groups.values())


def plus(one: Reservation, other: Reservation) -> Reservation:
    """Both as one, on the accounts and the day of the first."""
    return msgspec.structs.replace(
        one, jobs=one.jobs + other.jobs, images=one.images + other.images, micros=one.micros + other.micros
    )


def by_account(reservations: Iterable[Reservation]) -> dict[str, Reservation]:
    """What is counted on each of the accounts, in all."""
    sums: dict[str, Reservation] = {}
    for one in reservations:
        for account in one.accounts:
            sums[account] = plus(sums[account], one) if account in sums else one
    return sums
