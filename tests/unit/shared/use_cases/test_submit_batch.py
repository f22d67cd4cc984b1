"""A batch becomes recorded, announced jobs, all or nothing."""

import asyncio
from datetime import timedelta

import msgspec
import pytest

from shared.domain.commands import cancel
from shared.domain.errors import OutcomeUnknown, Rejected, Unavailable
from shared.idempotency import job_id
from tests.builders import a_caller, a_job_in, a_request
from tests.fakes.clock import NOON
from tests.unit.shared.use_cases.batches import BAD, CALLER, Batches, a_batch, limited, requests

DOWN = Unavailable("down", "Down.")


async def test_a_batch_is_recorded_queued_and_then_announced() -> None:
    """The parent first, and nothing is announced before it is queued."""
    desk = Batches()
    parent, replayed = await desk.submit(a_batch(labels={"a": "b"}), CALLER)
    assert (parent.status, parent.children, replayed) == ("queued", 3, False)
    assert (parent.id, parent.labels) == (job_id("local", "batch", "batch-1"), {"a": "b"})
    assert parent.estimated_micros == 120_000
    assert [each.status for each in desk.parents.history] == ["recording", "queued"]
    assert desk.parents.history[0].wake_at == NOON + timedelta(minutes=5)
    assert parent.wake_at == NOON + timedelta(minutes=2)
    assert [job.prompt for job in desk.children()] == ["fox 0", "fox 1", "fox 2"]
    assert sorted(desk.queue.ids) == sorted(job.id for job in desk.children())


async def test_each_child_is_as_its_request_by_itself_would_be() -> None:
    """With the caller's workflow and user, but without the key, which is the batch's."""
    desk = Batches()
    caller = a_caller(idempotency_key="k", workflow_id="w", user_id="u")
    await desk.submit(a_batch(a_request(prompt="x", n=2, priority="interactive")), caller)
    (child,) = desk.children()
    assert (child.prompt, child.n, child.priority, child.status) == ("x", 2, "interactive", "queued")
    assert (child.idempotency_key, child.workflow_id, child.user_id) == (None, "w", "u")
    assert (child.parent_id, child.parent_index) == (job_id("local", "batch", "k"), 0)
    assert child.wake_at == NOON + timedelta(minutes=10)


async def test_a_child_that_may_not_begin_yet_is_not_announced() -> None:
    """`sweep` announces it when its time has come, though that be before ten minutes."""
    desk = Batches()
    soon = NOON + timedelta(minutes=1)
    await desk.take(a_request(not_before=soon.isoformat()), a_request(prompt="now"))
    later, now = desk.children()
    assert desk.queue.ids == [now.id]
    assert later.wake_at == soon


async def test_many_items_are_recorded_in_several_commits() -> None:
    """Each of them far smaller than Firestore takes."""
    desk = Batches()
    parent = await desk.take(*requests(1000))
    assert parent.children == len(desk.children()) == len(set(desk.queue.ids)) == 1000
    assert desk.jobs.calls.count("create_all") == 10
    long = "x" * 31_000
    await desk.submit(a_batch(*(a_request(prompt=f"{number} {long}") for number in range(100))), a_caller())
    assert desk.jobs.calls.count("create_all") == 10 + 1
    wide = "🦊" * 31_000
    await desk.submit(
        a_batch(*(a_request(prompt=f"{number} {wide}") for number in range(100))), a_caller(idempotency_key="wide")
    )
    assert desk.jobs.calls.count("create_all") == 10 + 1 + 4


async def test_one_wrong_item_starts_nothing() -> None:
    """Each of them is pointed at; the key is free again."""
    desk = Batches()
    with pytest.raises(Rejected) as caught:
        await desk.take(*requests(2), BAD, a_request(model="imagen-4.0-generate-001", aspect_ratio="21:9"))
    assert (caught.value.status, caught.value.code) == (400, "invalid_request")
    assert [pointer for pointer, _ in caught.value.errors] == ["/items/2/n", "/items/3/aspect_ratio"]
    assert "2 of 4 items" in caught.value.detail
    assert (desk.parents.history, desk.jobs.history) == ([], [])
    await desk.take()


async def test_a_partial_batch_runs_what_can_run() -> None:
    """And keeps what is wrong with the others; but not if that is all of them."""
    desk = Batches()
    first, last = requests(2)
    parent = await desk.take(first, BAD, last, partial=True)
    assert [job.parent_index for job in desk.children()] == [0, 2]
    assert [(error.index, error.pointer, error.detail) for error in parent.refused] == [
        (1, "/items/1/n", "must be 1 to 10")
    ]
    with pytest.raises(Rejected):
        await desk.submit(a_batch(BAD, BAD, partial=True), a_caller(idempotency_key="other"))


async def test_what_is_kept_of_errors_fits_a_document() -> None:
    """Whatever names and texts they have: a thousand of them are less than 1 MiB."""
    long = "🦊" * 10_000
    bad = Rejected(400, "invalid_request", long, errors=((f"/{long}", long), ("/n", long)))
    parent = await Batches().take(*requests(1), *[bad] * 999, partial=True)
    assert len(parent.refused) == 999
    assert len(msgspec.json.encode(parent)) < 700_000


async def test_images_that_items_start_from_are_looked_at_once() -> None:
    """However many name the same job; what is not there is pointed at."""
    desk = Batches()
    desk.jobs.has(a_job_in("completed", tenant="other"))
    named = a_request(model="gemini-3.1-flash-image", references=[{"job_id": "a" * 26}])
    with pytest.raises(Rejected) as caught:
        await desk.take(*[named] * 5)
    assert [pointer for pointer, _ in caught.value.errors] == [f"/items/{i}/references/0/job_id" for i in range(5)]
    assert desk.jobs.calls == ["get"]


async def test_a_repeat_gives_the_same_batch() -> None:
    """Whatever has become of its items meanwhile; nothing is recorded or announced again."""
    desk = Batches()
    late = a_request(deadline=(NOON + timedelta(minutes=1)).isoformat())
    first = await desk.take(late)
    before = len(desk.jobs.history), len(desk.queue.announced)
    desk.clock.move(120)
    parent, replayed = await desk.submit(a_batch(late), CALLER)
    assert (parent, replayed) == (first, True)
    assert (len(desk.jobs.history), len(desk.queue.announced)) == before
    with pytest.raises(Rejected) as caught:
        await desk.submit(a_batch(late, late), CALLER)
    assert (caught.value.status, caught.value.code) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("method", ["create", "write"])
async def test_lost_answers_of_the_parent_s_writes_are_recognised(method: str) -> None:
    """They happened: one batch, each child once."""
    desk = Batches()
    desk.parents.lose_answer(method)
    parent, replayed = await desk.submit(a_batch(), CALLER)
    assert (parent.status, replayed) == ("queued", False)
    assert len(desk.jobs.history) == len(desk.queue.announced) == 3


async def test_lost_answers_of_the_children_s_commits_are_recognised() -> None:
    """Also where the commit did not happen."""
    desk = Batches()
    desk.jobs.lose_answer("create_all")
    desk.jobs.failures.meanwhile("create_all", lambda: None)
    desk.jobs.failures.refuse("create_all", OutcomeUnknown("lost"))
    await desk.take(*requests(400))
    assert len(desk.jobs.history) == len(desk.children()) == 400


@pytest.mark.parametrize("method", ["create_all", "known"])
async def test_a_repeat_goes_on_with_what_was_begun(method: str) -> None:
    """Under the first one's nonce: no child is there twice."""
    desk = Batches()
    if method == "known":
        desk.jobs.lose_answer("create_all")
    desk.jobs.failures.refuse(method, DOWN)
    with pytest.raises(Unavailable):
        await desk.take(*requests(600))
    assert (desk.parent().status, desk.queue.announced) == ("recording", [])
    desk.clock.move(200)
    parent, replayed = await desk.submit(a_batch(*requests(600)), CALLER)
    assert (parent.status, replayed, parent.children) == ("queued", True, 600)
    assert len(desk.jobs.history) == len(desk.children()) == len(desk.queue.announced) == 600
    assert desk.parents.history[1].wake_at == NOON + timedelta(seconds=200 + 300)


async def test_a_repeat_goes_on_with_the_part_that_was_taken() -> None:
    """Though more would be refused by now, or less."""
    desk = Batches()
    late = a_request(deadline=(NOON + timedelta(minutes=1)).isoformat())
    desk.jobs.failures.refuse("create_all", DOWN)
    with pytest.raises(Unavailable):
        await desk.take(*requests(1), late, BAD, partial=True)
    desk.clock.move(120)
    parent = await desk.take(*requests(1), late, BAD, partial=True)
    assert [error.index for error in parent.refused] == [2]
    assert [job.parent_index for job in desk.children()] == [0, 1]


async def test_two_requests_at_once_make_one_batch() -> None:
    """Each child once, each answer the same."""
    desk = Batches()
    tries = [desk.instance()(a_batch(*requests(300)), CALLER) for _ in range(8)]
    results = await asyncio.gather(*tries)
    assert {parent.id for parent, _ in results} == {desk.parent().id}
    assert sum(not replayed for _, replayed in results) == 1
    assert len(desk.jobs.history) == len(desk.children()) == 300
    assert desk.parent().status == "queued"


async def test_one_that_is_being_removed_is_not_gone_on_with() -> None:
    """503, until it is gone: then the key makes it anew."""
    desk = Batches()
    desk.jobs.failures.refuse("create_all", DOWN)
    with pytest.raises(Unavailable):
        await desk.take()
    desk.parents.has(msgspec.structs.replace(desk.parent(), status="abandoned"))
    with pytest.raises(Unavailable):
        await desk.take()
    assert (await desk.swept(300)).get("parent_removed") == 1
    assert (await desk.take()).status == "queued"


async def test_it_is_abandoned_while_it_records() -> None:
    """By a sweep that took it for dead: it is not queued over that, and nothing of it is announced."""
    desk = Batches()

    def swept() -> None:
        desk.parents.has(msgspec.structs.replace(desk.parent(), status="abandoned"))

    desk.parents.failures.meanwhile("write", swept)
    with pytest.raises(Unavailable):
        await desk.take()
    assert (desk.parent().status, desk.queue.announced) == ("abandoned", [])


async def test_children_that_are_not_announced_are_left_to_sweep() -> None:
    """The batch is accepted all the same; two minutes later they are announced."""
    desk = Batches()
    desk.queue.failures.refuse("announce_all", DOWN)
    assert (await desk.take()).status == "queued"
    assert desk.queue.announced == []
    assert (await desk.swept(120)).get("children_announced") == 1
    assert sorted(desk.queue.ids) == sorted(job.id for job in desk.children())


async def test_a_batch_reserves_once_for_all_of_its_jobs() -> None:
    """Beyond a limit nothing is recorded; each job then holds, and settles, its own share."""
    desk = Batches(limited(5))
    await desk.take()
    assert desk.jobs.accounts["local"].in_flight == 3
    assert [job.reservation.images for job in desk.children() if job.reservation] == [1, 1, 1]
    assert desk.parent().reservations == ()
    with pytest.raises(Rejected) as caught:
        await desk.submit(a_batch(), a_caller(idempotency_key="other"))
    assert (caught.value.status, caught.value.code) == (429, "too_many_jobs")
    assert len(desk.parents.history) == 2
    await desk.take()  # a repeat reserves nothing
    await desk.run()
    assert desk.jobs.accounts["local"].in_flight == 0


async def test_one_that_is_never_recorded_gives_its_reservation_back() -> None:
    """Once, by whoever takes it back."""
    desk = Batches(limited(5))
    desk.jobs.failures.refuse("create_all", DOWN)
    with pytest.raises(Unavailable):
        await desk.take()
    assert desk.jobs.accounts["local"].in_flight == 3
    await desk.swept(300)
    assert desk.jobs.accounts["local"].in_flight == 0
    assert desk.parents.parent(job_id("local", "batch", "batch-1")) is None


async def test_no_job_is_canceled_while_its_batch_may_still_be_taken_back() -> None:
    """There is no such job yet; it would give back what the batch gives back for it."""
    desk = Batches(limited(5))
    desk.jobs.lose_answer("create_all")
    desk.jobs.failures.refuse("known", DOWN)
    with pytest.raises(Unavailable):
        await desk.take()
    child = desk.children()[0].id
    with pytest.raises(Rejected, match="There is no job"):
        await desk.command_job("local", child, cancel)
    await desk.take()
    await desk.command_job("local", child, cancel)
    assert desk.jobs.accounts["local"].in_flight == 2


async def test_a_batch_whose_limits_changed_half_way_is_not_gone_on_with() -> None:
    """Its children would hold what nobody reserved: 503, and soon it is taken back."""
    desk = Batches(limited(5))
    desk.jobs.failures.refuse("create_all", DOWN)
    with pytest.raises(Unavailable):
        await desk.take()
    desk.becomes(limited())
    desk.clock.move(100)
    with pytest.raises(Unavailable) as caught:
        await desk.take()
    assert caught.value.retry_after == 300
    assert desk.children() == []
