"""Pictures are made ready before anything is stored."""

import asyncio
from datetime import timedelta

import msgspec

from shared.domain.commands import cancel
from shared.use_cases.prepare import prepare
from tests.builders import JOB_ID, a_job, a_picture
from tests.fakes.image_processor import FakeImageProcessor
from tests.unit.shared.use_cases.workshop import Workshop, a_plain_job


async def test_a_picture_that_cannot_be_processed_in_time_is_handed_out_as_it_came() -> None:
    """It is paid: the job completes with it, and says so."""
    processor = FakeImageProcessor()
    processor.stuck = True
    job = a_job(mime_type="image/webp")
    ((found, _),) = await prepare(processor, job, [a_picture()], within=timedelta(milliseconds=1))
    assert (found.image, found.original) == (a_picture(), None)
    assert "as the model made it" in (found.problem or "")


async def test_a_problem_is_told_and_nothing_is_paid_again() -> None:
    """The image says why it is not as asked."""
    shop = Workshop(a_plain_job(mime_type="image/webp"))
    shop.processor.problem = "Too odd."
    await shop.deliver()
    assert (shop.job.status, len(shop.provider.calls)) == ("completed", 1)
    (artifact,) = shop.job.artifacts
    assert (artifact.problem, artifact.mime_type, artifact.original) == ("Too odd.", "image/png", None)


async def test_a_cancel_does_not_wait_for_pictures_that_are_made_ready() -> None:
    """They are begun while the price is noted; that write meets the cancel, and nothing is under way any more."""
    shop = Workshop(a_plain_job(mime_type="image/webp"))
    shop.processor.stuck = True
    before = asyncio.all_tasks()

    def user() -> None:
        shop.jobs.change(JOB_ID, lambda job: msgspec.structs.replace(cancel(job, job.updated_at), write_id="user's"))

    for _ in range(2):
        shop.jobs.failures.meanwhile("write", lambda: None)
    shop.jobs.failures.meanwhile("write", user)
    assert await shop.deliver() == "canceled"
    assert (shop.job.status, shop.names(), asyncio.all_tasks()) == ("canceled", [], before)
