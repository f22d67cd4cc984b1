"""What is kept only so long goes by itself, as if its user had deleted it."""

from datetime import timedelta

import msgspec

from tests.fakes.clock import NOON
from tests.unit.shared.use_cases.workshop import Workshop, a_plain_job


async def test_a_job_goes_when_its_time_is_over() -> None:
    """It is left alone until then; then it is hidden, its objects are removed and its content is forgotten."""
    shop = Workshop(a_plain_job(retention_seconds=3600))
    await shop.deliver()
    assert (shop.job.status, shop.job.expires_at, shop.job.wake_at) == (
        "completed",
        NOON + timedelta(hours=1),
        NOON + timedelta(hours=1),
    )
    assert await shop.swept() == {}
    shop.clock.move(3600)
    assert await shop.swept() == {"expired": 1}
    assert shop.job.deleted_at is not None
    assert await shop.swept() == {"buried": 1}
    assert (shop.names(), shop.job.prompt, shop.job.artifacts) == ([], "", ())


async def test_a_job_that_is_kept_for_ever_is_never_looked_at_again() -> None:
    """Where nothing is left to clean up."""
    shop = Workshop(msgspec.structs.replace(a_plain_job(), retention_seconds=None))
    await shop.deliver()
    assert shop.job.wake_at is None
