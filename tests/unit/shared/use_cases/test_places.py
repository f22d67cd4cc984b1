"""Who waits keeps no other job from its work."""

import asyncio

from shared.domain.errors import ProviderError
from shared.use_cases.places import Place
from tests.unit.shared.use_cases.workshop import Workshop, a_plain_job


async def test_a_place_is_another_jobs_while_its_own_waits() -> None:
    """It is left for the wait, and taken again after it."""
    places = asyncio.Semaphore(1)
    one, other = Place(places), Place(places)
    assert await one.take(1)
    assert not await other.take(0)

    async def wait() -> None:
        assert await other.take(0)
        other.leave()

    await one.away(wait)
    assert not await other.take(0)


async def test_a_wait_that_is_cut_short_leaves_the_place_to_others() -> None:
    """And leaving it once more, as whoever took it does, changes nothing."""
    places = asyncio.Semaphore(1)
    one, other = Place(places), Place(places)
    await one.take(1)
    waiting = asyncio.create_task(one.away(asyncio.Event().wait))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    one.leave()
    assert await other.take(0)
    assert places.locked()


async def test_a_place_is_free_again_after_every_end() -> None:
    """A retry slept off and a failure give it back."""
    shop = Workshop(a_plain_job(), places=1)
    shop.provider.then(ProviderError("TEMPORARY", "busy", "Busy."), ProviderError("PERMANENT", "no", "No."))
    assert await shop.deliver() == "done"
    assert await asyncio.wait_for(shop.deliver("c" * 26), 60) == "not_claimed"


async def test_after_a_rate_limit_no_delivery_is_kept_open() -> None:
    """All the jobs of that provider would be, and the broker would send no others."""
    shop = Workshop(a_plain_job())
    shop.provider.then(ProviderError("RATE_LIMIT", "quota", "Wait."))
    assert await shop.deliver() == "done"
    assert (shop.job.status, shop.clock.slept) == ("queued", [])
