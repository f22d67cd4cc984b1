"""Equal pixels are made once."""

import asyncio
from typing import Any

import msgspec

from shared.domain.errors import Conflict, ProviderError, Unavailable
from shared.domain.missing import Missing
from shared.domain.render import Render, render_id
from shared.ports import Outcome
from tests.builders import JOB_ID, a_job, a_picture
from tests.unit.shared.use_cases.workshop import Workshop

OTHER = "b" * 26


async def test_a_second_job_copies_the_first_one_s_images() -> None:
    """Under its own names, at no cost, and it says so."""
    shop = Workshop(a_job())
    shop.jobs.has(a_job(id=OTHER))
    await shop.deliver()
    assert await shop.deliver(OTHER) == "done"
    first, second = shop.job, shop.jobs.job(OTHER)
    assert (second.status, second.cached, second.actual_micros) == ("completed", True, 0)
    assert len(shop.provider.calls) == 1
    assert second.artifacts[0].sha256 == first.artifacts[0].sha256
    assert second.artifacts[0].uri != first.artifacts[0].uri
    assert await shop.images.get(second.artifacts[0].uri) == await shop.images.get(first.artifacts[0].uri)


async def test_a_copy_names_the_prompt_that_its_pixels_were_made_of() -> None:
    """The provider had changed it for the first job."""
    shop = Workshop(a_job())
    shop.jobs.has(a_job(id=OTHER))
    shop.provider.then(Outcome(pictures=(a_picture(),), cost_micros=1, prompt_used="a fox, rich in detail"))
    await shop.deliver()
    await shop.deliver(OTHER)
    copy = shop.jobs.job(OTHER)
    assert (copy.cached, copy.prompt_used) == (True, "a fox, rich in detail")


async def test_originals_and_thumbnails_are_copied_too() -> None:
    """Under the second job's own names; where one of them is gone, all is made anew."""
    shop = Workshop(a_job(mime_type="image/webp", thumbnail=True))
    for other in (OTHER, "c" * 26):
        shop.jobs.has(a_job(id=other, mime_type="image/webp", thumbnail=True))
    await shop.deliver()
    await shop.deliver(OTHER)
    (made,), (copied,) = shop.job.artifacts, shop.jobs.job(OTHER).artifacts
    assert (list(copied.stored), len(shop.processor.processed)) == (["image", "original", "thumbnail"], 1)
    for kind, stored in copied.stored.items():
        assert (OTHER in stored.uri, stored.sha256) == (True, made.stored[kind].sha256)
        assert await shop.images.get(stored.uri) == await shop.images.get(made.stored[kind].uri)
    assert made.thumbnail
    del shop.images.objects[made.thumbnail.uri.removeprefix("gs://fake-bucket/")]
    await shop.deliver("c" * 26)
    assert (shop.jobs.job("c" * 26).cached, len(shop.provider.calls)) == (False, 2)


async def test_another_tenant_s_images_are_not_copied() -> None:
    """Not even their being there can be noticed."""
    shop = Workshop(a_job())
    shop.jobs.has(a_job(id=OTHER, tenant="another"))
    await shop.deliver()
    await shop.deliver(OTHER)
    assert (len(shop.provider.calls), shop.jobs.job(OTHER).cached) == (2, False)


async def test_images_that_are_made_after_all_are_not_called_copies() -> None:
    """An earlier attempt had copied some and died; by now the originals are gone, too."""
    shop = Workshop(a_job(cached=True, attempt_count=1))
    await shop.deliver()
    assert (shop.job.status, shop.job.cached) == ("completed", False)


async def test_a_copy_lacks_nothing() -> None:
    """Whatever an earlier attempt of its own did not get."""
    shop = Workshop(a_job())
    shop.jobs.has(a_job(id=OTHER, missing=(Missing(code="safety_blocked", message="Blocked."),), attempt_count=1))
    await shop.deliver()
    await shop.deliver(OTHER)
    assert (shop.jobs.job(OTHER).cached, shop.jobs.job(OTHER).missing) == (True, ())


async def test_images_that_are_gone_are_made_anew() -> None:
    """The record outlived what it names."""
    shop = Workshop(a_job())
    shop.jobs.has(a_job(id=OTHER))
    await shop.deliver()
    shop.images.objects.clear()
    await shop.deliver(OTHER)
    assert (len(shop.provider.calls), shop.jobs.job(OTHER).cached) == (2, False)
    record = shop.jobs.render(render_id(shop.job))
    assert record == Render(leader=OTHER, artifacts=shop.jobs.job(OTHER).artifacts)


async def test_copies_of_those_that_were_still_there_do_not_stay() -> None:
    """Where one of two is gone, both are made, and nothing else is left."""
    shop = Workshop(a_job(n=2))
    shop.jobs.has(a_job(id=OTHER, n=2))
    await shop.deliver()
    del shop.images.objects[shop.job.artifacts[1].uri.removeprefix("gs://fake-bucket/")]
    shop.provider.then(Outcome(pictures=(a_picture(50), a_picture(51)), cost_micros=1))
    await shop.deliver(OTHER)
    own = {artifact.uri.removeprefix("gs://fake-bucket/") for artifact in shop.jobs.job(OTHER).artifacts}
    assert {name for name in shop.names() if OTHER in name} == own | {f"{name}.json" for name in own}


async def test_images_of_which_one_is_missing_are_nobody_else_s() -> None:
    """The next job for the same pixels has all of them made, and then others may copy those."""
    shop = Workshop(a_job(n=2))
    shop.jobs.has(a_job(id=OTHER, n=2))
    gone = Missing(code="safety_blocked", message="Blocked.")
    shop.provider.then(Outcome(pictures=(a_picture(50),), cost_micros=1, missing=(gone,)))
    await shop.deliver()
    await shop.deliver(OTHER)
    assert [len(job.artifacts) for job in (shop.job, shop.jobs.job(OTHER))] == [1, 2]
    assert shop.jobs.render(render_id(shop.job)) == Render(leader=OTHER, artifacts=shop.jobs.job(OTHER).artifacts)


async def test_who_comes_while_they_are_made_waits_for_them() -> None:
    """The claim is given back uncounted; the leader announces the follower when it ends."""
    shop = Workshop(a_job())
    shop.jobs.has(a_job(id=OTHER))

    async def meanwhile(*_: object) -> Outcome:
        assert await shop.deliver(OTHER) == "done"
        waiting = shop.jobs.job(OTHER)
        assert (waiting.status, waiting.waiting_for, waiting.counted_attempts) == ("queued", JOB_ID, 0)
        return Outcome(pictures=(a_picture(),), cost_micros=1)

    shop.provider.then(meanwhile)
    await shop.deliver()
    assert shop.queue.ids == [OTHER]
    await shop.deliver(OTHER)
    assert (shop.jobs.job(OTHER).cached, shop.jobs.job(OTHER).waiting_for) == (True, None)


async def test_who_is_followed_by_nobody_looks_for_no_one() -> None:
    """Its record says so."""
    shop = Workshop(a_job())
    looked: list[str] = []
    shop.jobs.failures.meanwhile("followers", lambda: looked.append(JOB_ID))
    await shop.deliver()
    assert (shop.job.status, looked) == ("completed", [])


async def test_followers_are_found_by_a_leader_whose_record_is_another_s_by_now() -> None:
    """A third job made the pixels anew meanwhile, and noted nobody."""
    shop = Workshop(a_job())
    shop.jobs.has(a_job(id=OTHER))
    shop.jobs.has(a_job(id="c" * 26, cache="refresh"))

    async def meanwhile(*_: object) -> Outcome:
        await shop.deliver(OTHER)
        await shop.deliver("c" * 26)
        return Outcome(pictures=(a_picture(),), cost_micros=1)

    shop.provider.then(meanwhile)
    await shop.deliver()
    assert shop.queue.ids == [OTHER]
    assert shop.jobs.render(render_id(shop.job)) == Render(leader="c" * 26, artifacts=shop.jobs.job("c" * 26).artifacts)


async def test_followers_are_found_by_the_attempt_that_ends_their_leader() -> None:
    """Whichever it is: they came while an earlier one was at work."""
    shop = Workshop(a_job())
    shop.jobs.has(a_job(id=OTHER))

    async def meanwhile(*_: object) -> Outcome:
        await shop.deliver(OTHER)
        raise ProviderError("TEMPORARY", "busy", "Busy.", retry_after=3600)

    shop.provider.then(meanwhile)
    await shop.deliver()
    assert (shop.job.status, shop.queue.ids) == ("queued", [])
    shop.clock.move(3601)
    await shop.deliver()
    assert (shop.job.status, shop.queue.ids) == ("completed", [OTHER])


async def test_a_record_that_cannot_be_read_again_costs_no_images() -> None:
    """The leader ends without it, and looks for followers."""
    shop = Workshop(a_job())
    shop.jobs.has(a_job(id=OTHER))

    async def meanwhile(*_: object) -> Outcome:
        await shop.deliver(OTHER)
        shop.jobs.failures.refuse("get_render", Unavailable("unavailable", "Down."))
        return Outcome(pictures=(a_picture(),), cost_micros=1)

    shop.provider.then(meanwhile)
    await shop.deliver()
    assert (shop.job.status, len(shop.job.artifacts), shop.queue.ids) == ("completed", 1, [OTHER])


async def test_a_leader_that_fails_leaves_the_lead_to_its_follower() -> None:
    """The follower makes them itself."""
    shop = Workshop(a_job())
    shop.jobs.has(a_job(id=OTHER))

    async def meanwhile(*_: object) -> Outcome:
        await shop.deliver(OTHER)
        raise ProviderError("PERMANENT", "no", "No.")

    shop.provider.then(meanwhile)
    await shop.deliver()
    assert shop.jobs.render(render_id(shop.job)) is None
    assert shop.queue.ids == [OTHER]
    assert await shop.deliver(OTHER) == "done"
    assert shop.jobs.job(OTHER).status == "completed"


async def test_a_record_of_a_job_that_is_gone_is_taken_over() -> None:
    """Nobody waits for the dead."""
    shop = Workshop(a_job())
    shop.jobs.has_render(render_id(shop.job), Render(leader="c" * 26))
    assert await shop.deliver() == "done"
    assert (shop.job.status, len(shop.provider.calls)) == ("completed", 1)


async def test_two_at_the_same_moment_make_them_once() -> None:
    """One leads, the other follows or copies."""
    shop = Workshop(a_job())
    shop.jobs.has(a_job(id=OTHER))
    await asyncio.gather(shop.deliver(), shop.deliver(OTHER))
    for announced in shop.queue.ids:
        await shop.deliver(announced)
    assert [shop.jobs.job(each).status for each in (JOB_ID, OTHER)] == ["completed", "completed"]
    assert len(shop.provider.calls) == 1


async def test_who_is_forestalled_again_and_again_has_not_failed() -> None:
    """One led, and failed, another led, one noted first that it follows: that is no attempt of this job."""
    shop = Workshop(a_job())

    def forestalled() -> None:
        shop.jobs.failures.refuse("write", Conflict("the record is another by now"))

    for _ in range(4):
        shop.jobs.failures.meanwhile("get_render", forestalled)
    await shop.deliver()
    assert (shop.job.status, shop.job.attempt_count, len(shop.job.spend)) == ("completed", 1, 1)


async def test_off_shares_nothing_and_refresh_makes_anew() -> None:
    """`off` neither reads nor writes the record; `refresh` replaces it."""
    shop = Workshop(a_job(cache="off"))
    await shop.deliver()
    assert shop.jobs.render(render_id(shop.job)) is None
    for number, cache in enumerate(["reuse", "refresh"]):
        job = a_job(id="bc"[number] * 26, cache=cache)
        shop.jobs.has(job)
        await shop.deliver(job.id)
    assert len(shop.provider.calls) == 3
    record = shop.jobs.render(render_id(shop.job))
    assert record is not None
    assert record.leader == "c" * 26


async def test_whatever_changes_the_pixels_changes_the_record() -> None:
    """And nothing else does."""
    job = a_job()
    others: dict[str, Any] = {"prompt": "x", "n": 2, "seed": 1, "model": "m", "tenant": "t", "watermark": True}
    same: dict[str, Any] = {"id": OTHER, "user_id": "u", "labels": {"a": "b"}, "priority": "batch"}
    assert all(
        render_id(msgspec.structs.replace(job, **{name: value})) != render_id(job) for name, value in others.items()
    )
    assert render_id(msgspec.structs.replace(job, **same)) == render_id(job)
