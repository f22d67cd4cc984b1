"""Transactions that want the same, one loop, no network."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from infra.local.clock import Clock
from infra.local.firestore.database import Change, Database
from infra.local.firestore.records import Record
from infra.local.firestore.transactions import IDLE, PATIENCE, Transaction, Transactions
from infra.local.rpc import RpcError

DATABASE = "projects/p/databases/(default)"


@pytest.fixture
def database() -> Database:
    """A database with one document."""
    made = Database(DATABASE, 0)
    write(made, 1)
    return made


def write(database: Database, moment: int) -> None:
    """Write the document a/b."""
    database.apply([Change("a/b", database.get("a/b"), Record("a/b", b"", 1, moment))], moment)


async def turns(transactions: Transactions, *others: Transaction) -> list[Transaction]:
    """Let transactions ask for a/b in the order given; gives the order in which they get it, each ending then."""
    got: list[Transaction] = []

    async def take(transaction: Transaction) -> None:
        await transactions.hold(transaction, "a/b")
        got.append(transaction)
        transactions.end(transaction)

    tasks = [asyncio.create_task(take(each)) for each in others]
    await asyncio.sleep(0)
    assert got == []
    if (holder := _holder(transactions)) is not None:
        transactions.end(holder)
    await asyncio.gather(*tasks)
    return got


async def at_once(holding: Coroutine[Any, Any, None]) -> None:
    """What ends in a few turns of the loop, with nobody's patience in it."""
    task = asyncio.create_task(holding)
    for _ in range(20):
        await asyncio.sleep(0)
    assert task.done()
    await task


def _holder(transactions: Transactions) -> Transaction | None:
    return transactions.holder(DATABASE, "a/b")


async def test_the_one_that_began_first_goes_first(database: Database) -> None:
    """Not the one that asked first; and a retried transaction keeps the place of its first attempt."""
    transactions = Transactions(Clock())
    aborted = transactions.begin(database)
    transactions.end(aborted)
    holder, young = transactions.begin(database), transactions.begin(database)
    retried = transactions.begin(database, retry=aborted.id)
    await transactions.hold(holder, "a/b")
    assert await turns(transactions, young, retried) == [retried, young]


async def test_two_that_wait_for_each_other_do_not_wait(database: Database) -> None:
    """A circle is seen at once, well before anyone's patience ends."""
    transactions = Transactions(Clock())
    one, other = transactions.begin(database), transactions.begin(database)
    await transactions.hold(one, "a/1")
    await transactions.hold(other, "a/2")
    waiting = asyncio.create_task(transactions.hold(one, "a/2"))
    await asyncio.sleep(0)
    await at_once(transactions.hold(other, "a/1"))
    transactions.end(other)
    await waiting


async def test_nobody_waits_for_one_that_is_silent(database: Database) -> None:
    """After a while others go on, and what they read is checked at the commit as ever."""
    transactions = Transactions(Clock())
    silent, other = transactions.begin(database), transactions.begin(database)
    await transactions.hold(silent, "a/b")
    async with asyncio.timeout(100 * PATIENCE):
        await transactions.hold(other, "a/b")


async def test_impatient_and_read_only_ones_neither_wait_nor_hold(database: Database) -> None:
    """Optimistic transactions leave everything to the check."""
    transactions = Transactions(Clock())
    holder = transactions.begin(database)
    await transactions.hold(holder, "a/b")
    await at_once(transactions.hold(transactions.begin(database, patient=False), "a/b"))
    await at_once(transactions.hold(transactions.begin(database, read_time=1), "a/b"))
    assert _holder(transactions) is holder


def test_what_was_read_is_checked(database: Database) -> None:
    """A document written since, or a query with another answer, aborts."""
    clock = Clock()

    async def scenario() -> None:
        transaction = Transactions(clock).begin(database)
        transaction.saw("a/b", 1)
        transaction.saw("a/missing", 0)
        transaction.saw_query((("a/b", 1),), lambda: (("a/b", 1),))
        transaction.check()
        write(database, 2)
        with pytest.raises(RpcError, match="contention"):
            transaction.check()

    asyncio.run(scenario())


async def test_one_that_is_bound_to_abort_reads_one_moment(database: Database) -> None:
    """Once something it read has changed, it goes on reading the past."""
    transaction = Transactions(Clock()).begin(database)
    assert transaction.moment(10) is None
    transaction.saw("a/b", 1)
    write(database, 20)
    assert transaction.moment(30) == 10


async def test_an_idle_one_is_over(database: Database) -> None:
    """A minute of silence ends it; its rollback is accepted all the same, its use is not."""
    clock = Clock()
    transactions = Transactions(clock)
    transaction = transactions.begin(database)
    clock.advance(IDLE / 1_000_000)
    with pytest.raises(RpcError, match="expired or is no longer valid"):
        transactions.get(transaction.id, database)
    transactions.roll_back(transaction.id, database)
    with pytest.raises(RpcError, match="expired or is no longer valid"):
        transactions.roll_back(b"never begun", database)
