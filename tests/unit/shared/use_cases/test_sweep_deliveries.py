"""What `sweep` does for webhooks: those of deleted jobs say nothing any more, and a broken list stops no job."""

import msgspec
import pytest

from shared.domain.errors import Rejected, Unavailable
from shared.use_cases.redeliver import Redeliver
from tests.builders import JOB_ID, a_delivery, a_job, a_job_in
from tests.fakes.clock import NOON
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


async def test_deliveries_that_cannot_be_listed_keep_no_job_from_its_repair() -> None:
    """The two are looked after apart."""
    shop = Workshop(a_job(wake_at=NOON))
    shop.deliveries.failures.refuse("due", Unavailable("dependency_unavailable", "no index"))
    assert await shop.swept() == {"announced": 1}
    assert [job.id for job in shop.queue.announced] == [JOB_ID]
