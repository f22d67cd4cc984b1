"""Events on their way to a webhook, whatever happens on the way."""

import contextlib
from collections.abc import Awaitable, Callable
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.delivery import UNHEARD_OF
from shared.domain.errors import Unavailable
from shared.domain.job import Event
from tests.fakes.clock import NOON
from tests.unit.shared.use_cases.post_office import FIRST, SECOND, THIRD, PostOffice

EVENTS = (FIRST, SECOND, THIRD)
MOST = UNHEARD_OF / timedelta(seconds=1)


class Day:
    """What happens to a post office: messages late, doubled, in any order; receivers and databases that fail."""

    def __init__(self) -> None:
        self.office = PostOffice()
        self.unheard = list(EVENTS)  # what the broker has, and brings until it is taken

    async def hear(self, number: int) -> None:
        """A message arrives, for the first time or not."""
        await self.brought(EVENTS[number % 3])

    async def publish(self, _: int) -> None:
        """What was told is in the broker's hands."""
        self.unheard += self.office.queue.told
        self.office.queue.told.clear()

    async def answer(self, number: int) -> None:
        """The receiver will refuse once."""
        self.office.sender.then((500, None, 302)[number % 3])

    async def time(self, number: int) -> None:
        """It passes; no message is longer on its way than anybody waits for it."""
        seconds = 20 * 2**number
        gone = (self.office.clock.now() - NOON).total_seconds()
        if not self.unheard or gone + seconds < MOST:
            self.office.clock.move(seconds)

    async def sweep(self, _: int) -> None:
        """The scheduler ticks."""
        with contextlib.suppress(Unavailable):
            await self.office.sweep()

    async def refuse(self, number: int) -> None:
        """The database will not answer once."""
        method = ("get", "create", "write", "after")[number % 4]
        self.office.deliveries.failures.refuse(method, Unavailable("down", "Down."))

    async def lose(self, number: int) -> None:
        """An answer of the database will be lost."""
        self.office.deliveries.lose_answer(("create", "write")[number % 2])

    async def brought(self, event: Event) -> None:
        """The broker brings a message; it keeps what was not acknowledged."""
        with contextlib.suppress(Unavailable):
            await self.office.hear(event)
            if event in self.unheard:
                self.unheard.remove(event)

    async def all_is_well(self) -> None:
        """From now on everything works."""
        self.office.sender.recover()
        for _ in range(20):
            for event in tuple(self.unheard):
                await self.brought(event)
        for _ in range(20):
            await self.sweep(0)
            with contextlib.suppress(Unavailable):
                await self.office.post()
            self.office.clock.move(7200)


STEPS: tuple[Callable[[Day, int], Awaitable[None]], ...] = (
    Day.hear, Day.publish, Day.answer, Day.time, Day.sweep, Day.refuse, Day.lose,
)  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 8)), max_size=40))
async def test_each_event_comes_and_none_before_its_time(
    steps: list[tuple[Callable[[Day, int], Awaitable[None]], int]],
) -> None:
    """At least once, under one id, each after the job's earlier ones."""
    day = Day()
    for step, number in steps:
        await step(day, number)
    await day.all_is_well()
    assert [day.office.state(event) for event in EVENTS] == ["delivered"] * 3
    assert list(dict.fromkeys(day.office.got)) == [event.type for event in EVENTS]
    sent = {(webhook_id, payload) for _, webhook_id, payload in day.office.sender.sent}
    assert sent == {(event.event_id, event.type) for event in EVENTS}
