"""What nobody foresaw ends the job, and says what it was."""

import msgspec

from shared.domain.errors import OutcomeUnknown
from shared.domain.missing import Missing
from shared.ports import ImageProvider, Outcome
from shared.use_cases.generate import Generate, Limits
from tests.builders import JOB_ID, a_picture
from tests.unit.shared.use_cases.workshop import RULES, Workshop, a_plain_job

GONE = Missing(code="safety_blocked", message="Support code 42")


async def test_a_provider_that_cannot_be_made_ends_the_job() -> None:
    """Unknown failures are not tried again, and no lease is left to run out."""
    shop = Workshop(a_plain_job())

    async def broken(_: str) -> ImageProvider:
        raise RuntimeError("no such SDK")

    parts, limits = (shop.stores, shop.images, shop.queue, shop.clock, shop.processor), Limits(RULES, places=1)
    made = Generate(*parts, provider=broken, pictures=shop.pictures, limits=limits, boards=shop.boards)
    assert await made(JOB_ID) == "done"
    assert shop.job.failure is not None
    assert (shop.job.status, shop.job.failure.type, shop.job.failure.code) == ("failed", "UNKNOWN", "unexpected_error")
    assert "no such SDK" in shop.job.failure.message


async def test_a_defect_of_a_provider_may_have_been_paid() -> None:
    """Its call was booked before, and stays unknown."""
    shop = Workshop(a_plain_job())
    shop.provider.then(ZeroDivisionError("oops"))
    assert await shop.deliver() == "done"
    assert (shop.job.status, shop.job.actual_micros) == ("failed", None)
    assert shop.job.timeline[-1].note == "unexpected_error (billed: unknown)"


async def test_images_that_were_kept_back_are_told() -> None:
    """The job completes with those that came."""
    shop = Workshop(a_plain_job(n=2))
    shop.provider.then(Outcome(pictures=(a_picture(),), cost_micros=1, missing=(GONE,)))
    await shop.deliver()
    assert (shop.job.status, len(shop.job.artifacts), shop.job.missing) == ("completed", 1, (GONE,))


async def test_a_cancel_on_top_of_a_claim_whose_answer_was_lost_takes_effect_at_once() -> None:
    """The claim's own token is there to be seen; nobody waits for the lease to end."""
    shop = Workshop(a_plain_job())
    shop.jobs.failures.lose_answer("write", OutcomeUnknown("lost"))

    def cancel() -> None:
        shop.jobs.has(msgspec.structs.replace(shop.job, cancel_requested=True, write_id="the user's"))

    shop.jobs.failures.meanwhile("get", lambda: None)  # the claim's own read comes before its write
    shop.jobs.failures.meanwhile("get", cancel)
    assert await shop.deliver() == "canceled"
    assert shop.job.status == "canceled"
