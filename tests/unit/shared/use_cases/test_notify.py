"""Events of a job on their way to its webhook."""

import asyncio
from datetime import timedelta

import msgspec
import pytest

from shared.domain.delivery import SCHEDULE
from shared.domain.errors import OutcomeUnknown, Unavailable
from shared.domain.job import Job
from shared.domain.request import Webhook
from shared.domain.tenant import Tenant
from shared.use_cases.redeliver import Redeliver
from tests.builders import JOB_ID, a_job, an_event
from tests.fakes.clock import NOON
from tests.unit.shared.use_cases.post_office import FIRST, SECOND, THIRD, PostOffice

DOWN = Unavailable("down", "Down.")
NOTHING_WRITTEN = OutcomeUnknown("the answer was lost, and nothing was written")


async def test_an_event_is_recorded_and_sent() -> None:
    """To the job's webhook, under the event's id."""
    office = PostOffice()
    assert await office.hear(FIRST) == ["delivered"]
    assert office.sender.sent == [("https://receiver.test/hook", FIRST.event_id, "job.processing")]
    assert office.state(FIRST) == "delivered"


async def test_a_message_that_comes_twice_is_sent_once() -> None:
    """One after the other, or both at the same moment."""
    office = PostOffice()
    assert await office.hear(FIRST, FIRST) == ["delivered", "not_due"]
    results = await asyncio.gather(*(office.notify(SECOND, JOB_ID) for _ in range(4)))
    assert sorted(results) == ["delivered", "not_due", "not_due", "not_due"]
    assert office.got == ["job.processing", "job.generating"]


async def test_events_that_come_in_the_wrong_order_are_sent_in_the_right_one() -> None:
    """One waits for an earlier one that is not even recorded yet, and is woken by its end."""
    office = PostOffice()
    assert await office.hear(THIRD, SECOND) == ["waits", "waits"]
    assert await office.hear(FIRST) == ["delivered"]
    await office.post()
    assert office.got == ["job.processing", "job.generating", "job.completed"]


async def test_events_that_come_at_the_same_moment_are_sent_in_order() -> None:
    """Without a sweep: whoever ends wakes the next."""
    for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0)):
        office = PostOffice()
        await asyncio.gather(*(office.notify((FIRST, SECOND, THIRD)[index], JOB_ID) for index in order))
        await office.post()
        assert office.got == ["job.processing", "job.generating", "job.completed"]


async def test_a_short_wait_is_slept_off() -> None:
    """5 s, in the same delivery of the message."""
    office = PostOffice()
    office.sender.then(500)
    assert await office.hear(FIRST) == ["delivered"]
    (slept,) = office.clock.slept
    assert 5 <= slept <= 5.5
    assert [each.status for each in office.deliveries.delivery(FIRST.event_id).tries] == [500, 204]


async def test_a_long_wait_is_left_to_sweep() -> None:
    """And the event after it waits with it."""
    office = PostOffice()
    office.sender.then(500, None)
    assert await office.hear(FIRST, SECOND) == ["pending", "waits"]
    await office.minutes(4)
    assert len(office.sender.sent) == 2
    await office.minutes(2)
    assert office.got[2:] == ["job.processing", "job.generating"]


async def test_a_receiver_that_is_down_for_half_an_hour_gets_all_of_it_in_order() -> None:
    """Each event at least once, under one id."""
    office = PostOffice()
    office.sender.then(*[None] * 3)  # at once, after 5 s and after 5 minutes
    await office.hear(THIRD, FIRST, SECOND)
    await office.minutes(30)
    assert set(office.got) == {"job.processing"}
    await office.minutes(10)
    assert office.got[3:] == ["job.processing", "job.generating", "job.completed"]
    ids = dict.fromkeys((webhook_id, payload) for _, webhook_id, payload in office.sender.sent)
    assert list(ids) == [(event.event_id, event.type) for event in (FIRST, SECOND, THIRD)]


async def test_a_waiting_event_costs_no_message_until_the_one_before_it_is_tried() -> None:
    """`sweep` need not look at it every minute for three days."""
    office = PostOffice()
    office.sender.then(*[500] * len(SCHEDULE))
    await office.hear(FIRST, SECOND)
    office.clock.move(60)
    assert await office.sweep() == {}


async def test_who_dies_between_the_take_and_its_result_is_followed_by_another() -> None:
    """A minute later; the receiver may get it twice, never not at all."""
    office = PostOffice()
    office.deliveries.failures.meanwhile("write", lambda: None)
    office.deliveries.failures.refuse("write", DOWN)  # the write of the result
    with pytest.raises(Unavailable):
        await office.hear(FIRST)
    assert await office.hear(FIRST) == ["not_due"]  # the broker's own repeat comes too early
    await office.minutes(2)
    assert office.got == ["job.processing", "job.processing"]
    assert office.state(FIRST) == "delivered"


@pytest.mark.parametrize("method", ["create", "write"])
async def test_a_write_whose_answer_is_lost_is_known_again(method: str) -> None:
    """Neither a second request nor a delay comes of it."""
    office = PostOffice()
    office.deliveries.lose_answer(method, times=2)
    assert await office.hear(FIRST) == ["delivered"]
    assert office.got == ["job.processing"]


async def test_two_sweeps_at_once_wake_a_delivery_once() -> None:
    """Who loses the write does nothing."""
    office = PostOffice()
    office.sender.then(500, 500)
    await office.hear(FIRST)
    office.clock.move(400)
    results = await asyncio.gather(office.sweep(), office.sweep())
    assert sorted(results, key=str) == [{"contended": 1}, {"redelivered": 1}]
    assert office.queue.told == [FIRST]


async def test_an_event_that_could_not_be_recorded_is_not_acknowledged() -> None:
    """Nobody else knows of it any more: the broker must bring it again."""
    office = PostOffice()
    office.deliveries.failures.refuse("create", NOTHING_WRITTEN)
    with pytest.raises(Unavailable):
        await office.hear(FIRST)
    assert await office.hear(FIRST) == ["delivered"]


async def test_a_sweep_that_cuts_in_costs_no_event_its_turn() -> None:
    """Another's write came first: what is left to be done is done."""
    office = PostOffice()
    await office.hear(SECOND)
    later = msgspec.structs.replace(office.deliveries.delivery(SECOND.event_id), write_id="sweep")
    await office.hear(FIRST)

    def cut_in() -> None:
        office.deliveries.has(later)

    office.deliveries.failures.meanwhile("write", cut_in)
    assert await office.hear(SECOND) == ["delivered"]


async def test_gone_disables_the_webhook_of_the_job() -> None:
    """After a 410 no later event is sent, whether it waited or comes later."""
    office = PostOffice()
    office.sender.then(410)
    await office.hear(SECOND, FIRST)
    await office.post()
    assert await office.hear(THIRD) == ["gave_up"]
    assert office.got == ["job.processing"]
    assert [office.state(event) for event in (FIRST, SECOND, THIRD)] == ["gave_up"] * 3


async def test_gone_disables_the_receiver_for_the_tenant_s_later_jobs() -> None:
    """They are recorded, and given up untried; another tenant's job, or another address, is told as ever."""
    office = PostOffice()
    office.sender.then(410)
    await office.hear(FIRST)
    for letter, fields in (("b", {}), ("c", {"tenant": "other"}), ("d", {"webhook": Webhook(url="https://r.test/2")})):
        office.jobs.has(a_job(**{"id": letter * 26, "webhook": Webhook(url="https://receiver.test/hook")} | fields))
    later = [an_event(2, job_id=letter * 26) for letter in "bcd"]
    assert await office.hear(*later) == ["gave_up", "delivered", "delivered"]
    assert office.deliveries.delivery(later[0].event_id).disabled
    assert len(office.sender.sent) == 3


async def test_a_redelivery_that_is_taken_enables_the_receiver() -> None:
    """One that is asked for is sent, whatever the receiver said; a second 410 changes nothing."""
    office = PostOffice()
    office.sender.then(410, 410)
    await office.hear(FIRST)
    redeliver = Redeliver(office.deliveries, office.queue, office.clock)
    for state in ("gave_up", "delivered"):
        await redeliver("local", FIRST.event_id)
        await office.post()
        assert office.state(FIRST) == state
    assert office.endpoints.stored == {}
    office.jobs.has(a_job(id="b" * 26, webhook=Webhook(url="https://receiver.test/hook")))
    assert await office.hear(an_event(2, job_id="b" * 26)) == ["delivered"]


async def test_a_tenant_s_own_secrets_sign() -> None:
    """The first is the current one; where it has none, the deployment's do."""
    office = PostOffice()
    await office.hear(FIRST)
    office.clock.move(60)
    office.tenants.has(Tenant(id="local", created_at=NOON, webhook_secrets=("whsec_x", "whsec_y")))
    await office.hear(SECOND)
    assert office.sender.signed_by == [(), ("whsec_x", "whsec_y")]


async def test_an_event_after_one_that_was_given_up_is_sent() -> None:
    """A receiver that refuses one may take the next."""
    office = PostOffice()
    office.sender.then(*[500] * len(SCHEDULE))
    await office.hear(FIRST, SECOND)
    for _ in range(90):
        office.clock.move(3600)
        await office.sweep()
        await office.post()
    assert [office.state(event) for event in (FIRST, SECOND)] == ["gave_up", "delivered"]
    assert office.got.count("job.processing") == len(SCHEDULE)


@pytest.mark.parametrize("gone", [True, False])
async def test_an_event_of_a_deleted_job_is_dropped(gone: bool) -> None:  # noqa: FBT001 - how it is gone
    """Nobody waits for it, and whoever waited for it goes on."""
    office = PostOffice()
    await office.hear(SECOND)
    if gone:
        office.jobs.remove(JOB_ID)
    else:
        office.jobs.change(JOB_ID, _deleted)
    assert await office.hear(FIRST) == ["dropped"]
    await office.minutes(3)
    assert office.got == ["job.generating"]


async def test_an_event_does_not_wait_for_ever_for_one_that_nobody_knows() -> None:
    """The record of an earlier one may have run out, when a job is retried after a month."""
    office = PostOffice()
    await office.hear(SECOND)
    await office.minutes(55)
    assert office.got == []
    await office.minutes(15)
    assert office.got == ["job.generating"]


async def test_a_broker_that_is_down_delays_the_next_event_at_most() -> None:
    """This one is delivered; `sweep` wakes the next."""
    office = PostOffice()
    await office.hear(SECOND)
    office.queue.failures.refuse("tell", DOWN)
    assert await office.hear(FIRST) == ["delivered"]
    await office.minutes(3)
    assert office.got == ["job.processing", "job.generating"]


def _deleted(job: Job) -> Job:
    return msgspec.structs.replace(job, deleted_at=job.created_at + timedelta(minutes=1))
