"""The first pictures are stored while others of their job are still being made."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from shared.domain.commands import cancel
from shared.domain.errors import ImageStoreError, ProviderError, Unavailable
from shared.domain.job import Job, Spend
from shared.ports import Checkpoint, Outcome
from shared.use_cases.steps import uploading
from tests.builders import JOB_ID, a_job, a_picture
from tests.fakes.clock import NOON
from tests.fakes.image_store import FakeImageStore
from tests.unit.shared.use_cases.workshop import Workshop, a_plain_job

EACH = 7  # micro-USD, as a_picture's
DEAD = "dead"
STEPS = 60  # of the event loop, more than storing one picture takes with fakes
FIRST, SECOND = a_picture(1), a_picture(2)
BOTH = Outcome(pictures=(FIRST, SECOND), cost_micros=2 * EACH)
ULTRA = "imagen-4.0-ultra-generate-001"


async def a_while() -> None:
    """Until whoever is at work waits for the model alone."""
    for _ in range(STEPS):
        await asyncio.sleep(0)


class Seen:
    """A model that makes two pictures, and what was there when it had made the first one."""

    def __init__(self, shop: Workshop, *, then: Outcome | Exception = BOTH) -> None:
        self.names: list[str] = []
        self.job: Job | None = None
        self._shop = shop
        self._then = then

    async def __call__(self, _job: Job, _deadline: datetime, checkpoint: Checkpoint) -> Outcome:
        """Make them."""
        checkpoint.came([FIRST])
        await a_while()
        self.names, self.job = self._shop.names(), self._shop.job
        if isinstance(self._then, Exception):
            raise self._then
        return self._then


def told(shop: Workshop) -> list[tuple[int, int | None, int | None]]:
    """Of each image its index, its seed and what it cost."""
    return [(image.index, image.seed, image.cost_micros) for image in shop.job.artifacts]


async def test_it_is_stored_while_the_next_one_is_made() -> None:
    """With what lies beside it; and the job has its five commits, and both pictures in their order."""
    shop = Workshop(a_plain_job(n=2))
    seen = Seen(shop)
    shop.provider.then(seen)
    assert await shop.deliver() == "done"
    assert seen.job
    assert (seen.job.status, len(seen.names)) == ("generating", 2)
    assert told(shop) == [(0, 1, EACH), (1, 2, EACH)]
    assert set(seen.names) < set(shop.names())
    assert (len(shop.names()), shop.job.took_over, shop.jobs.calls.count("write")) == (4, False, 4)
    images = [await shop.images.get(image.uri) for image in shop.job.artifacts]
    assert images == [FIRST.data, SECOND.data]


async def test_one_that_cannot_be_stored_yet_is_stored_with_the_others() -> None:
    """At once when all have come, whatever had to be waited for till then; what was paid is not lost for it."""
    shop = Workshop(a_plain_job(n=2))
    shop.images.failures.refuse("put", ImageStoreError("TEMPORARY", "store_unavailable", "Down.", retry_after=60))
    seen = Seen(shop)
    shop.provider.then(seen)
    await shop.deliver()
    assert (shop.job.status, told(shop), len(shop.names())) == ("completed", [(0, 1, EACH), (1, 2, EACH)], 4)
    assert (shop.clock.slept, len(seen.names)) == ([], 1)


async def test_nor_is_it_lost_for_a_database_that_was_away_meanwhile() -> None:
    """What a worker that died left is removed first, for which the job is read."""
    shop = Workshop(a_plain_job(n=2, attempt_count=1))

    async def seen(job: Job, deadline: datetime, checkpoint: Checkpoint) -> Outcome:
        shop.jobs.failures.refuse("get", Unavailable("store_unavailable", "Away."))
        return await Seen(shop)(job, deadline, checkpoint)

    shop.provider.then(seen)
    assert await shop.deliver() == "done"
    assert (shop.job.status, told(shop)) == ("completed", [(0, 1, EACH), (1, 2, EACH)])


async def test_one_that_can_never_be_stored_fails_the_job_when_all_is_paid() -> None:
    """As if it had come with the others."""
    shop = Workshop(a_plain_job(n=2))
    shop.images.failures.refuse("put", ImageStoreError("PERMANENT", "bucket_not_found", "No."))
    shop.provider.then(Seen(shop))
    await shop.deliver()
    assert shop.job.failure
    assert (shop.job.status, shop.job.failure.stage, shop.job.actual_micros) == ("failed", "uploading", 2 * EACH)


async def test_what_an_earlier_holder_left_goes_before_the_first_of_them() -> None:
    """The worker that died had stored a picture."""
    shop = Workshop(a_plain_job(n=2, attempt_count=1))
    name = f"tenants/local/jobs/{JOB_ID}/image_{JOB_ID}_0_dead.png"
    await shop.images.put(name, b"dead", "image/png", token=DEAD, metadata={})
    seen = Seen(shop)
    shop.provider.then(seen)
    await shop.deliver()
    assert (name in seen.names, len(seen.names), len(shop.names())) == (False, 2, 4)


async def test_the_next_attempt_removes_it() -> None:
    """The call was broken off: it is made again, and the first picture anew."""
    shop = Workshop(a_plain_job(n=2))
    lost = Seen(shop, then=ProviderError("TEMPORARY", "model_timeout", "Late.", billed="unknown"))
    shop.provider.then(lost, Outcome(pictures=(a_picture(3), a_picture(4)), cost_micros=2 * EACH))
    await shop.deliver()
    assert (shop.job.status, len(lost.names), shop.job.attempt_count) == ("completed", 2, 2)
    assert not set(lost.names) & set(shop.names())
    assert [image.seed for image in shop.job.artifacts] == [3, 4]
    assert [spend.actual_micros for spend in shop.job.spend] == [None, 2 * EACH]


async def test_the_model_had_answered_when_it_had() -> None:
    """Not when the job's turn to be stored had come."""
    before, after = NOON, NOON + timedelta(seconds=1)
    job = uploading(a_job(status="generating", spend=(Spend(attempt=1, estimated_micros=EACH),)), after, BOTH, before)
    assert (job.generated_at, job.timeline[-1].at) == (before, after)


async def test_another_model_s_job_is_cleaned_later() -> None:
    """Of the same attempt: it is not told from what that stores, so it goes when nobody can be at work any more."""
    shop = Workshop(a_plain_job(n=2, fallback=(ULTRA,)))
    gone = Seen(shop, then=ProviderError("TEMPORARY", "model_unavailable", "Down."))
    shop.provider.then(gone, Outcome(pictures=(a_picture(3), a_picture(4)), cost_micros=0))
    await shop.deliver()
    assert (shop.job.status, shop.job.model) == ("completed", ULTRA)
    shop.clock.move(timedelta(hours=1, minutes=5).total_seconds())
    await shop.swept()
    assert not set(gone.names) & set(shop.names())
    assert len(shop.names()) == 4


@pytest.mark.parametrize("stored", [True, False])
async def test_nothing_of_a_canceled_job_stays(stored: bool) -> None:  # noqa: FBT001 - pytest's own way
    """Whether or not it had been stored by then."""
    shop = Workshop(a_plain_job(n=2))

    async def canceled(job: Job, deadline: datetime, checkpoint: Checkpoint) -> Outcome:
        if stored:
            await Seen(shop)(job, deadline, checkpoint)
        else:
            checkpoint.came([FIRST])
        shop.jobs.change(JOB_ID, lambda job: msgspec.structs.replace(cancel(job, job.updated_at), write_id="user's"))
        return BOTH

    shop.provider.then(canceled)
    assert await shop.deliver() == "canceled"
    assert (shop.names(), shop.job.actual_micros) == ([], 2 * EACH)


async def test_what_fails_unheard_is_not_reported_by_asyncio() -> None:
    """The job has failed for another reason meanwhile."""
    reported: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
    shop = Workshop(a_plain_job(n=2))
    shop.images.failures.refuse("put", ImageStoreError("PERMANENT", "bucket_not_found", "No."))
    shop.provider.then(Seen(shop, then=ProviderError("PERMANENT", "no", "No.")))
    await shop.deliver()
    assert (shop.job.status, reported) == ("failed", [])


async def test_no_store_outlives_its_attempt() -> None:
    """One that hangs is broken off when the call has failed, and nothing comes of it after."""
    shop = Workshop(a_plain_job(n=2), images=Stuck())
    shop.provider.then(Seen(shop, then=ProviderError("PERMANENT", "no", "No.")))
    before = asyncio.all_tasks()
    await shop.deliver()
    assert shop.job.status == "failed"
    assert asyncio.all_tasks() == before


class Stuck(FakeImageStore):
    """A bucket that never answers a write."""

    async def put(self, name: str, data: bytes, mime_type: str, *, token: str, metadata: dict[str, str]) -> str:
        """See ImageStore.put."""
        await asyncio.Event().wait()
        raise AssertionError((name, len(data), mime_type, token, metadata))
