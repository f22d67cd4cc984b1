"""What `sweep` does for webhooks: those of deleted jobs say nothing any more, and a broken list stops no job."""

import msgspec
import pytest

from shared.domain.commands import cancel
from shared.domain.errors import Rejected, Unavailable
from shared.domain.request import Webhook
from shared.use_cases.command import CommandJob
from shared.use_cases.redeliver import Redeliver
from shared.use_cases.sweep import PAGE
from shared.use_cases.tenants import RecentTenants
from tests.builders import JOB_ID, a_delivery, a_job, a_job_in, an_event
from tests.fakes.clock import NOON
from tests.unit.shared.use_cases.post_office import PostOffice
from tests.unit.shared.use_cases.workshop import Workshop


async def test_a_deleted_job_s_deliveries_say_nothing_any_more() -> None:
    """What they said is gone with the job, open ones end, and none can be sent again."""
    shop = Workshop(a_job_in("completed", deleted_at=NOON, wake_at=NOON))
    for delivery in (a_delivery(2, wake_at=None, state="delivered"), a_delivery(3)):
        shop.deliveries.has(msgspec.structs.replace(delivery, next_try_at=NOON))
    assert (await shop.swept()).get("buried") == 1
    for sequence, state in ((2, "delivered"), (3, "gave_up")):
        found = shop.deliveries.delivery(a_delivery(sequence).id)
        assert (found.payload, found.state, found.wake_at) == ("", state, None)
    with pytest.raises(Rejected) as refusal:
        await Redeliver(shop.deliveries, shop.queue, shop.clock)("local", a_delivery(2).id)
    assert refusal.value.status == 410


async def test_events_that_were_never_recorded_are_told_again() -> None:
    """`notify` was misconfigured until the broker gave its messages up: an hour after the end, then every hour."""
    office = PostOffice()
    office.jobs.has(a_job(webhook=Webhook(url="https://receiver.test/hook", events=("job.canceled",))))
    tenants = RecentTenants(office.tenants, office.clock)
    job, _ = await CommandJob(office.jobs, office.queue, tenants, office.clock)("local", JOB_ID, cancel)
    (lost,) = office.queue.told
    office.queue.told.clear()
    assert office.jobs.job(JOB_ID).published == (lost,)
    for _ in range(2):
        office.clock.move(3600)
        assert await office.sweep() == {"told": 1}
        assert office.queue.told == [lost]
        office.queue.told.clear()
    await office.hear(lost)
    office.clock.move(3600)
    assert await office.sweep() == {"cleaned": 1}
    assert (office.jobs.job(JOB_ID).published, office.jobs.job(JOB_ID).wake_at, office.got) == (
        (), None, ["job.canceled"]
    )  # fmt: skip
    assert job.status == "canceled"


async def test_an_event_that_nobody_records_is_given_up_after_three_days() -> None:
    """As a delivery would be."""
    shop = Workshop(a_job_in("canceled", completed_at=NOON, published=(an_event(),), wake_at=NOON))
    shop.clock.move(3 * 86_400 + 1)
    assert await shop.swept() == {"cleaned": 1}
    assert (shop.job.published, shop.job.wake_at, shop.queue.told) == ((), None, [])


async def test_more_than_a_page_of_deliveries_is_blanked() -> None:
    """A job that was retried for months."""
    shop = Workshop(a_job_in("completed", deleted_at=NOON, wake_at=NOON))
    sequences = range(2, 2 * PAGE + 5)
    for sequence in sequences:
        shop.deliveries.has(a_delivery(sequence, wake_at=None, state="delivered"))
    await shop.swept()
    assert {shop.deliveries.delivery(a_delivery(sequence).id).payload for sequence in sequences} == {""}


async def test_deliveries_that_cannot_be_listed_keep_no_job_from_its_repair() -> None:
    """The two are looked after apart."""
    shop = Workshop(a_job(wake_at=NOON))
    shop.deliveries.failures.refuse("due", Unavailable("dependency_unavailable", "no index"))
    assert await shop.swept() == {"announced": 1}
    assert [job.id for job in shop.queue.announced] == [JOB_ID]
