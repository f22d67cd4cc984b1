"""What is counted on an account, whatever happens to its jobs and to the database."""

import contextlib
from collections.abc import Awaitable, Callable

from hypothesis import given
from hypothesis import strategies as st

from shared.domain import commands
from shared.domain.errors import Conflict, OutcomeUnknown, ProviderError, Rejected, Unavailable
from shared.domain.job import Job
from shared.domain.settlement import settlement_of
from shared.domain.tenant import Allowance, Budget, Tenant
from shared.use_cases.command import CommandJob
from shared.use_cases.submit import Submit
from shared.use_cases.tenants import RecentTenants
from tests.builders import DEFAULTS, a_caller, a_request
from tests.fakes.clock import NOON
from tests.fakes.tenant_store import FakeTenantStore
from tests.unit.shared.use_cases.workshop import Workshop

PRICE = 40_000
KEYS = ("a", "b", "c", "d", "e")
RULES = (commands.cancel, commands.retry, commands.redrive, commands.delete)
FAILURES = (
    ProviderError("PERMANENT", "invalid_prompt", "No."),
    ProviderError("PERMANENT", "safety_blocked", "No.", billed="yes"),
    ProviderError("TEMPORARY", "unavailable", "Later."),
    ProviderError("UNKNOWN", "unexpected", "What?", billed="unknown"),
)


class Month:
    """One tenant's jobs, with every function at work on them."""

    def __init__(self) -> None:
        self.shop = Workshop()
        tenants = FakeTenantStore()
        budget = Budget(day_micros=4 * PRICE, month_micros=9 * PRICE)
        tenants.has(Tenant(id="local", created_at=NOON, limits=Allowance(jobs_in_flight=3), budget=budget))
        recent = RecentTenants(tenants, self.shop.clock)
        self.submits = Submit(self.shop.jobs, self.shop.queue, recent, self.shop.clock, DEFAULTS)
        self.commands = CommandJob(self.shop.jobs, self.shop.queue, recent, self.shop.clock)

    async def submit(self, number: int) -> None:
        """A client asks, for the first time or not."""
        key = KEYS[number % len(KEYS)]
        with contextlib.suppress(Rejected):
            await self.submits(a_request(cache="off", prompt=key), a_caller(idempotency_key=key))

    async def deliver(self, number: int) -> None:
        """A worker is told of a job, which goes well."""
        if found := self._some(number):
            with contextlib.suppress(Unavailable):
                await self.shop.deliver(found.id)

    async def fail(self, number: int) -> None:
        """A worker is told of a job, which does not."""
        self.shop.provider.then(FAILURES[number % len(FAILURES)])
        await self.deliver(number)

    async def command(self, number: int) -> None:
        """A client changes its mind."""
        if found := self._some(number // len(RULES)):
            with contextlib.suppress(Rejected):
                await self.commands("local", found.id, RULES[number % len(RULES)])

    async def refuse(self, number: int) -> None:
        """The database will not take a write once."""
        error = (Unavailable("down", "Down."), Conflict("c"), OutcomeUnknown("u"))[number % 3]
        self.shop.jobs.failures.refuse("write", error)

    async def lose(self, number: int) -> None:
        """An answer of the database will be lost."""
        self.shop.jobs.lose_answer(("create", "write")[number % 2])

    async def sweep(self, _: int) -> None:
        """The scheduler ticks."""
        with contextlib.suppress(Unavailable):
            await self.shop.swept()

    async def time(self, number: int) -> None:
        """It passes: seconds, minutes, a day."""
        self.shop.clock.move((10, 200, 4_000, 90_000)[number % 4])

    async def all_is_well(self) -> None:
        """From now on everything works, and every job comes to an end."""
        self.shop.jobs.failures = type(self.shop.jobs.failures)()
        for _ in range(8):
            for job in self.jobs():
                await self.shop.deliver(job.id)
            await self.shop.swept()
            self.shop.clock.move(4_000)

    def jobs(self) -> list[Job]:
        """Each as it is now."""
        return [self.shop.jobs.job(name) for name in dict.fromkeys(job.id for job in self.shop.jobs.history)]

    def check(self) -> None:
        """The account is what its jobs have open, and what those that are settled have come to."""
        account = self.shop.jobs.accounts["local"]
        open_ = [job.unsettled for job in self.jobs() if job.unsettled]
        assert account.in_flight == len(open_)
        today = [held for held in open_ if held.day == account.day]
        assert account.day_reserved == sum(held.micros for held in today)
        assert account.month_reserved == sum(held.micros for held in open_ if held.day[:7] == account.day[:7])
        assert account.month_spent == sum(self.spent(account.day[:7]))

    def spent(self, month: str) -> list[int]:
        """What each settlement of the month came to, by the history of the jobs."""
        before: dict[str, Job] = {}
        found = []
        for job in self.shop.jobs.history:
            held = before[job.id].unsettled if job.id in before else None
            if held and job.settled and held.day[:7] == month:
                calls = job.spend[held.first_call :]
                found.append(sum(call.counted_micros for call in calls))
            before[job.id] = job
        return found

    def _some(self, number: int) -> Job | None:
        jobs = self.jobs()
        return jobs[number % len(jobs)] if jobs else None


Happening = Callable[[Month, int], Awaitable[None]]
HAPPENINGS: tuple[Happening, ...] = (
    Month.submit, Month.submit, Month.deliver, Month.fail, Month.command, Month.command, Month.refuse, Month.lose,
    Month.sweep, Month.time,
)  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(HAPPENINGS), st.integers(0, 40)), max_size=40))
async def test_an_account_is_what_its_jobs_are(happenings: list[tuple[Happening, int]]) -> None:
    """At every moment; and once all have ended, nothing is in flight or reserved."""
    month = Month()
    for happens, number in happenings:
        with contextlib.suppress(Unavailable):
            await happens(month, number)
        month.check()
    await month.all_is_well()
    month.check()
    account = month.shop.jobs.accounts["local"]
    assert (account.in_flight, account.day_reserved, account.month_reserved) == (0, 0, 0)
    assert [job for job in month.jobs() if not job.is_over or settlement_of(job)] == []
