"""Events are written with the change, published after it, and taken out by a later write."""

from typing import Any

import pytest

from shared.domain.endings import CLEAN_UP_AFTER
from shared.domain.errors import ProviderError, Unavailable
from shared.domain.request import EventType, Webhook
from tests.fakes.clock import NOON
from tests.unit.shared.use_cases.workshop import Workshop, a_plain_job

ALL: tuple[EventType, ...] = ("job.processing", "job.generating", "job.uploading", "job.completed")


def a_told_job(*events: EventType, **changes: Any) -> Workshop:
    """A job whose user wants to be told of these changes."""
    return Workshop(a_plain_job(webhook=Webhook(url="https://x.test/hook", events=events), **changes))


async def test_every_change_asked_for_is_told_in_order() -> None:
    """Each once, with its sequence; then none is open."""
    shop = a_told_job(*ALL)
    await shop.deliver()
    assert [event.type for event in shop.queue.told] == list(ALL)
    assert [event.status_sequence for event in shop.queue.told] == [2, 3, 4, 5]
    assert (shop.job.status, shop.job.outbox) == ("completed", ())
    assert shop.job.wake_at == NOON + CLEAN_UP_AFTER  # to see that they have been recorded


async def test_only_what_was_asked_for_is_told() -> None:
    """A failure is an end, too."""
    shop = a_told_job("job.failed")
    shop.provider.then(ProviderError("PERMANENT", "no", "No."))
    await shop.deliver()
    assert [event.type for event in shop.queue.told] == ["job.failed"]


async def test_a_job_without_a_webhook_tells_nothing() -> None:
    """And costs no write more."""
    shop = Workshop(a_plain_job())
    await shop.deliver()
    assert shop.queue.told == []
    assert shop.jobs.calls.count("write") == 4


async def test_an_event_that_cannot_be_told_is_told_by_sweep() -> None:
    """It stays open in the job until it is out."""
    shop = a_told_job("job.completed")
    shop.queue.failures.refuse("tell", Unavailable("down", "Down."))
    await shop.deliver()
    assert (shop.job.status, len(shop.job.outbox)) == ("completed", 1)
    assert shop.queue.told == []
    shop.clock.move(120)
    assert await shop.swept() == {"told": 1}
    assert ([event.type for event in shop.queue.told], shop.job.outbox) == (["job.completed"], ())


@pytest.mark.parametrize("write", [4, 5])
async def test_a_lost_answer_loses_no_event(write: int) -> None:
    """At worst it is told twice, under the same id."""
    shop = a_told_job("job.completed")
    shop.jobs.lose_answer("write", skip=write - 1)
    await shop.deliver()
    shop.clock.move(120)
    await shop.swept()
    assert {event.type for event in shop.queue.told} == {"job.completed"}
    assert len({event.event_id for event in shop.queue.told}) == 1
    assert shop.job.outbox == ()


async def test_a_database_that_refuses_in_the_end_loses_no_event() -> None:
    """The job has ended all the same; `sweep` takes the event out, and it is told twice at worst."""
    shop = a_told_job("job.completed")
    refused = Unavailable("down", "Down.")
    shop.queue.failures.meanwhile("tell", lambda: shop.jobs.failures.refuse("write", refused))
    assert await shop.deliver() == "done"
    assert (shop.job.status, len(shop.job.outbox)) == ("completed", 1)
    shop.clock.move(120)
    assert await shop.swept() == {"told": 1}
    assert ({event.event_id for event in shop.queue.told}, shop.job.outbox) == ({shop.job.last_event}, ())
