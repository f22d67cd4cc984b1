"""A dead receiver delays nobody else's: it takes up a few places of an instance, for a short while."""

import asyncio

from shared.domain.delivery import Try
from shared.domain.request import Webhook
from shared.ports import Clock
from shared.use_cases.receivers import Receivers
from tests.builders import a_job, an_event
from tests.fakes.webhook_sender import FakeWebhookSender
from tests.unit.shared.use_cases.post_office import PostOffice

DEAD, ALIVE = "https://dead.test/hook", "https://alive.test/hook"


class SilentSender(FakeWebhookSender):
    """One receiver takes connections and says nothing, until `answers` is set."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.answers = asyncio.Event()
        self.asked = asyncio.Semaphore(0)  # by each request to the silent one

    async def send(self, url: str, webhook_id: str, payload: str, secrets: tuple[str, ...] = ()) -> Try:
        """See WebhookSender.send."""
        if url == DEAD:
            self.asked.release()
            await self.answers.wait()
        return await super().send(url, webhook_id, payload, secrets)


async def test_what_finds_no_place_is_left_to_sweep_untried() -> None:
    """The others are told as ever; the dead receiver's are sent once it answers, in their order."""
    office = PostOffice(sender=SilentSender, receivers=Receivers(at_once=2, patience=0))
    sender = office.sender
    assert isinstance(sender, SilentSender)
    letters = "bcdefg"
    for letter in letters:
        office.jobs.has(a_job(id=letter * 26, webhook=Webhook(url=ALIVE if letter == "g" else DEAD)))
    events = {letter: an_event(2, job_id=letter * 26) for letter in letters}
    open_ones = [asyncio.ensure_future(office.notify(events[letter], letter * 26)) for letter in "bc"]
    for _ in open_ones:
        await sender.asked.acquire()
    assert await office.hear(*(events[letter] for letter in "defg")) == ["busy", "busy", "busy", "delivered"]
    assert office.deliveries.delivery(events["d"].event_id).tries == ()
    sender.answers.set()
    assert await asyncio.gather(*open_ones) == ["delivered", "delivered"]
    await office.minutes(3)
    assert {office.state(events[letter]) for letter in letters} == {"delivered"}
    assert len(sender.sent) == len(letters)


async def test_a_receiver_is_forgotten_with_its_last_request() -> None:
    """There are as many receivers as users; whoever waits has its turn before."""
    receivers = Receivers(at_once=1, patience=5)
    order = []

    async def ask(number: int) -> None:
        async with receivers.place(DEAD) as free:
            assert free
            order.append(number)
            await asyncio.sleep(0)

    await asyncio.gather(*(ask(number) for number in range(5)))
    assert order == list(range(5))
    async with receivers.place(DEAD) as free:
        assert free
    assert not receivers._places  # noqa: SLF001 - that nothing is left is the point
    assert not receivers._asking  # noqa: SLF001
