"""Turns on accounts, with writes that end when the test says so."""

import asyncio

import pytest

from shared.domain.accounts import Account
from shared.domain.errors import Unavailable
from shared.gcp.turns import MOST, Charged, Turns


class Writer:
    """Notes who is written together, and answers once it is opened."""

    def __init__(self, patience: float = 10) -> None:
        self.written: list[list[str]] = []
        self.open = asyncio.Event()
        self.turns = Turns(self.write, patience)

    async def write(self, wanted: list[Charged]) -> None:
        """Answers each with its document."""
        self.written.append([one.document for one in wanted])
        await self.open.wait()
        for one in wanted:
            one.done(one.document)

    def ask(self, document: str, *accounts: str) -> "asyncio.Task[object]":
        """Somebody waits."""
        return asyncio.create_task(self.turns(Charged(dict.fromkeys(accounts, _same), document, None, ())))


def _same(account: Account) -> Account:
    return account


async def _begun() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_those_who_wait_for_the_same_accounts_are_written_together() -> None:
    """In their order, and in whatever order they name them; others by themselves, those of other accounts at once."""
    writer = Writer()
    asked = [writer.ask("1", "a", "b"), writer.ask("2", "b", "a"), writer.ask("3", "a", "b"), writer.ask("4", "c")]
    await _begun()
    assert writer.written == [["1"], ["4"]]
    writer.open.set()
    assert await asyncio.gather(*asked, writer.ask("5", "b")) == ["1", "2", "3", "4", "5"]
    assert sorted(writer.written) == [["1"], ["2", "3"], ["4"], ["5"]]


async def test_a_commit_has_its_bounds() -> None:
    """Whoever waits behind so many comes next."""
    writer = Writer()
    asked = [writer.ask(str(number), "a") for number in range(MOST + 3)]
    await _begun()
    writer.open.set()
    await asyncio.gather(*asked)
    assert [len(written) for written in writer.written] == [1, MOST, 2]


async def test_a_turn_that_does_not_come_is_said() -> None:
    """Nothing was written of it, nor is later."""
    writer = Writer(patience=0.05)
    first, second = writer.ask("1", "a"), writer.ask("2", "a")
    with pytest.raises(Unavailable, match="Too many jobs are counted on the same account"):
        await second
    writer.open.set()
    assert await first == "1"
    assert await writer.ask("3", "a") == "3"
    assert writer.written == [["1"], ["3"]]


async def test_whoever_is_being_written_is_answered_however_long_it_takes() -> None:
    """It may have been written: that its turn did not come would not be true."""
    writer = Writer(patience=0.05)
    asked = [writer.ask(name, "a") for name in "12"]
    await _begun()
    asked[0].cancel()  # its write goes on, and the turn is the next one's
    await _begun()
    assert writer.written == [["1"], ["2"]]
    late = writer.ask("3", "a")
    with pytest.raises(Unavailable):
        await late
    writer.open.set()
    assert await asked[1] == "2"
