"""Few at once, in the order in which they came, and nobody for long."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from shared.use_cases.in_turn import InTurn

LONG, AT_ONCE = 3600.0, 2


async def test_those_who_come_first_are_served_first() -> None:
    """No more than so many at once, and the next as soon as one has ended."""
    in_turn, served, at_work = InTurn(AT_ONCE, LONG), asyncio.Queue[int](), 0
    done = [asyncio.Event() for _ in range(5)]

    async def work(number: int) -> None:
        nonlocal at_work
        async with in_turn():
            at_work += 1
            served.put_nowait(number)
            assert at_work <= AT_ONCE
            await done[number].wait()
            at_work -= 1

    working = [asyncio.create_task(work(number)) for number in range(5)]
    assert [await served.get() for _ in range(AT_ONCE)] == [0, 1]
    for number, event in enumerate(done):
        event.set()
        if number + AT_ONCE < len(done):
            assert await served.get() == number + AT_ONCE
    await asyncio.gather(*working)


async def test_one_that_takes_long_holds_up_nobody() -> None:
    """Its turn is over while it goes on, and its end gives no second one away."""
    in_turn = InTurn(1, 0.001)
    async with AsyncExitStack() as slow:
        await slow.enter_async_context(in_turn())
        async with asyncio.timeout(60), in_turn():
            pass
    in_turn = InTurn(1, LONG)
    async with in_turn():
        waiting = asyncio.create_task(in_turn().__aenter__())
        await asyncio.sleep(0)
        assert not waiting.done()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    async with asyncio.timeout(60), in_turn():
        pass


async def test_a_failure_ends_its_turn() -> None:
    """As any other end does."""
    in_turn = InTurn(1, LONG)
    with pytest.raises(ValueError, match="full"):
        async with in_turn():
            raise ValueError("full")
    async with asyncio.timeout(60), in_turn():
        pass
