"""What every JobStore does with the accounts that a write charges: a case for each sentence of the port."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from shared.domain.accounts import Account, Charge
from shared.domain.errors import AlreadyExists, Conflict, OutcomeUnknown, Rejected, Unavailable
from shared.ports import JobStore, Stored
from tests.builders import JOB_ID, a_job, a_job_in
from tests.contract.job_store_suite import OTHER, Fault
from tests.fakes.clock import NOON

FULL = Rejected(402, "budget_exceeded", "There is nothing left.")


@dataclass(frozen=True)
class ChargedWorld:
    """A JobStore, its accounts, and what can go wrong with it."""

    jobs: JobStore
    account: Callable[[str], Awaitable[Account]]
    lost_answer: Fault
    refused: Fault


def one_more(account: Account) -> Account:
    """A rule: one job more, all other figures kept."""
    return Account(
        id=account.id, day="2026-11-21", in_flight=account.in_flight + 1, month_spent=account.month_spent + 7
    )


def none_left(_: Account) -> Account:
    """A rule that refuses."""
    raise FULL


def up_to(most: int) -> Charge:
    """Charges account `a` with one job, until it has so many."""
    return {"a": lambda account: one_more(account) if account.in_flight < most else none_left(account)}


class ChargeSuite:
    """To be inherited with a fixture `world`."""

    @pytest.fixture
    def jobs(self, world: ChargedWorld) -> JobStore:
        """The store alone."""
        return world.jobs

    async def test_a_job_is_created_with_its_charge(self, world: ChargedWorld) -> None:
        """On each of its accounts, new or there before."""
        await world.jobs.create(a_job(id=OTHER), {"a": one_more})
        created = await world.jobs.create(a_job(), {"a": one_more, "b": one_more})
        assert await world.jobs.get(JOB_ID) == created
        assert await world.account("a") == Account(id="a", day="2026-11-21", in_flight=2, month_spent=14)
        assert await world.account("b") == Account(id="b", day="2026-11-21", in_flight=1, month_spent=7)

    async def test_a_job_that_is_there_is_neither_created_nor_charged(self, world: ChargedWorld) -> None:
        """Whatever a rule would say: a repeat is told of its job, not of a limit."""
        await world.jobs.create(a_job())
        for rule in (one_more, none_left):
            with pytest.raises(AlreadyExists):
                await world.jobs.create(a_job(nonce="nonce-2"), {"a": rule})
        assert await world.account("a") == Account(id="a")

    async def test_a_rule_that_refuses_refuses_all(self, world: ChargedWorld) -> None:
        """No job, no account, whichever rule it was."""
        with pytest.raises(Rejected) as refusal:
            await world.jobs.create(a_job(), {"a": one_more, "b": none_left})
        assert refusal.value is FULL
        assert await world.jobs.get(JOB_ID) is None
        assert await world.account("a") == Account(id="a")

    async def test_a_write_charges_too(self, world: ChargedWorld) -> None:
        """Under the versions of the job and of the account."""
        first = await world.jobs.create(a_job(), {"a": one_more})
        second = await world.jobs.write(first, a_job_in("processing"), charge={"a": one_more})
        assert await world.jobs.get(JOB_ID) == second
        assert (await world.account("a")).in_flight == 2
        with pytest.raises(Conflict):
            await world.jobs.write(first, a_job(n=2), charge={"a": one_more})
        with pytest.raises(Conflict):
            await world.jobs.write(Stored(a_job(id=OTHER), first.version), a_job(id=OTHER, n=2), charge={"a": one_more})
        assert await world.jobs.get(JOB_ID) == second
        assert (await world.account("a")).in_flight == 2

    async def test_a_figure_goes_back_to_nothing(self, world: ChargedWorld) -> None:
        """What an account has no more of is removed."""
        stored = await world.jobs.create(a_job(), {"a": one_more})
        await world.jobs.write(stored, a_job(wake_at=None), charge={"a": lambda account: Account(id=account.id)})
        assert await world.account("a") == Account(id="a")

    async def test_many_at_once_are_counted_one_by_one(self, jobs: JobStore, world: ChargedWorld) -> None:
        """As many as the account takes, and no other."""
        tries = [jobs.create(a_job(id=letter * 26), up_to(5)) for letter in "cdefghijklmn"]
        results = await asyncio.gather(*tries, return_exceptions=True)
        assert sum(isinstance(result, Stored) for result in results) == 5
        assert sum(result is FULL for result in results) == 7
        assert (await world.account("a")).in_flight == 5
        assert len(await jobs.due(NOON, 20)) == 5

    async def test_one_of_many_writes_at_once_charges(self, jobs: JobStore, world: ChargedWorld) -> None:
        """Two that settle the same job never do so twice."""
        created = await jobs.create(a_job())
        tries = [jobs.write(created, a_job(write_id=f"w-{n}", settled=True), charge={"a": one_more}) for n in range(6)]
        results = await asyncio.gather(*tries, return_exceptions=True)
        assert sum(isinstance(result, Stored) for result in results) == 1
        assert (await world.account("a")).in_flight == 1

    async def test_a_lost_answer_is_unknown(self, world: ChargedWorld) -> None:
        """And both may have happened, once."""
        with world.lost_answer("create"), pytest.raises(OutcomeUnknown):
            await world.jobs.create(a_job(), {"a": one_more})
        stored = await world.jobs.get(JOB_ID)
        assert stored is not None
        with world.lost_answer("write"), pytest.raises(OutcomeUnknown):
            await world.jobs.write(stored, a_job(wake_at=None), charge={"a": one_more})
        assert (await world.account("a")).in_flight == 2

    async def test_a_database_that_refuses_is_said(self, world: ChargedWorld) -> None:
        """Nothing was written."""
        with world.refused("create"), pytest.raises(Unavailable):
            await world.jobs.create(a_job(), {"a": one_more})
        assert await world.jobs.get(JOB_ID) is None
        assert await world.account("a") == Account(id="a")
