"""Batches from their recording to their end: what jobs, sweep and commands make of them."""

from datetime import timedelta

import msgspec
import pytest

from shared.domain import commands, parent_commands
from shared.domain.errors import OutcomeUnknown, ProviderError, Rejected, Unavailable
from shared.domain.parent import Parent
from shared.domain.request import BatchWebhook
from shared.use_cases.record_children import child_id
from tests.builders import a_job, a_job_in, a_lease, a_parent
from tests.fakes.clock import NOON
from tests.unit.shared.use_cases.batches import Batches, limited, requests
from tests.unit.shared.use_cases.workshop import Workshop

DOWN = Unavailable("down", "Down.")
HOOK = BatchWebhook(url="https://receiver.test/hook")
REFUSED = ProviderError("PERMANENT", "safety_blocked", "No.")


async def test_the_last_job_ends_its_batch() -> None:
    """One count after each job's end; one write at the last one's."""
    desk = Batches()
    await desk.take()
    for _ in range(2):
        await desk.shop.deliver(desk.queue.announced.pop(0).id)
    assert desk.parent().status == "queued"
    await desk.run()
    assert (desk.parent().status, desk.parent().completed_at, desk.parent().wake_at) == ("completed", NOON, None)
    assert [each.status for each in desk.parents.history] == ["recording", "queued", "completed"]


@pytest.mark.parametrize(("failures", "status"), [(1, "completed_with_failures"), (3, "failed")])
async def test_jobs_that_fail_are_told(failures: int, status: str) -> None:
    """Some, or all."""
    desk = Batches()
    await desk.take()
    desk.shop.provider.then(*[REFUSED] * failures)
    await desk.run()
    assert desk.parent().status == status


async def test_whoever_ends_the_last_job_may_die_before_the_batch_is_ended() -> None:
    """`sweep` ends it, when it next looks; twice changes nothing."""
    desk = Batches()
    await desk.take()
    desk.jobs.failures.refuse("count", DOWN, times=3)
    await desk.run()
    assert desk.parent().status == "queued"
    assert (await desk.swept(120)).get("parent_ended") == 1
    assert desk.parent().status == "completed"
    assert await desk.swept(10_000) == {}


async def test_a_job_that_is_retried_by_itself_ends_its_batch_anew() -> None:
    """Though whoever ends it may die before: `sweep` looks after a batch that rested, until no job of it goes on."""
    desk = Batches()
    await desk.take(*requests(1))
    desk.shop.provider.then(REFUSED)
    await desk.run()
    (job,) = desk.children()
    assert (desk.parent().status, desk.parent().wake_at) == ("failed", None)
    await desk.command_job("local", job.id, commands.retry)
    assert (await desk.swept(600)).get("looked_after") == 1
    desk.jobs.failures.refuse("count", DOWN)
    await desk.run()
    assert (desk.children()[0].status, desk.parent().status) == ("completed", "failed")
    assert (await desk.swept(600)).get("parent_ended") == 1
    assert (desk.parent().status, desk.parent().wake_at) == ("completed", None)


async def test_a_batch_whose_retried_job_failed_again_rests() -> None:
    """It is what it was."""
    desk = Batches()
    await desk.take(*requests(1))
    desk.shop.provider.then(REFUSED, REFUSED)
    await desk.run()
    await desk.command_job("local", desk.children()[0].id, commands.retry)
    await desk.run()
    assert (await desk.swept(600)).get("looked_after") == 1
    assert (desk.parent().status, desk.parent().wake_at) == ("failed", None)


async def test_a_job_that_is_canceled_by_itself_counts_as_an_end() -> None:
    """By its user: of the last one, the batch ends with it."""
    desk = Batches()
    await desk.take(*requests(2))
    first, second = desk.children()
    await desk.command_job("local", first.id, commands.cancel)
    await desk.shop.deliver(second.id)
    assert desk.parent().status == "completed_with_failures"


async def test_a_batch_of_which_nothing_is_left_is_canceled() -> None:
    """Its jobs were deleted, one by one."""
    desk = Batches()
    await desk.take(*requests(2))
    for job in desk.children():
        await desk.command_job("local", job.id, commands.delete)
    assert desk.parent().status == "canceled"


async def test_sweep_looks_after_what_runs() -> None:
    """While a job is at work nothing is announced again; the batch is running."""
    desk = Batches()
    await desk.take()
    first, *others = desk.children()
    desk.jobs.has(a_job_in("generating", id=first.id, parent_id=first.parent_id))
    desk.queue.announced.clear()
    assert (await desk.swept(120)).get("looked_after") == 1
    assert (desk.parent().status, desk.parent().wake_at) == ("running", desk.clock.now() + timedelta(minutes=10))
    assert desk.queue.announced == []
    assert len(others) == 2


async def test_waits_between_announcements_double() -> None:
    """As a job's do."""
    desk = Batches()
    await desk.take()
    for seconds in (120, 120, 240, 480):
        desk.queue.announced.clear()
        await desk.swept(seconds)
        assert len(desk.queue.announced) >= 3


async def test_half_a_batch_is_taken_back_when_nobody_goes_on() -> None:
    """After five minutes, not before: its children, then itself; a late recorder cannot queue it."""
    desk = Batches()
    desk.jobs.lose_answer("create_all")
    desk.jobs.failures.refuse("known", DOWN)
    with pytest.raises(Unavailable):
        await desk.take(*requests(300))
    stored = await desk.parents.get(desk.parent().id)
    assert len(desk.children()) == 300
    assert "parent_removed" not in await desk.swept(299)
    assert (await desk.swept(1)).get("parent_removed") == 1
    assert (desk.children(), desk.parents.parent(stored.parent.id if stored else "")) == ([], None)
    assert [each.status for each in desk.parents.history] == ["recording", "abandoned"]
    assert desk.queue.announced == []


async def test_taking_back_may_be_interrupted() -> None:
    """What is left is removed by the next sweep."""
    desk = Batches()
    desk.jobs.lose_answer("create_all")
    desk.jobs.failures.refuse("known", DOWN)
    with pytest.raises(Unavailable):
        await desk.take()
    desk.jobs.failures.refuse("discard", OutcomeUnknown("lost"))
    assert (await desk.swept(300)).get("contended") == 1
    assert desk.parent().status == "abandoned"
    assert (await desk.swept(1)).get("parent_removed") == 1
    assert desk.children() == []


@pytest.mark.parametrize(
    ("parent", "repair", "begun"),
    [
        (a_parent(wake_at=None), "paused", "not_claimed"),
        (a_parent(status="abandoned", wake_at=None), "discarded", "not_claimed"),
        (None, "discarded", "not_claimed"),
        (a_parent(status="queued", wake_at=None), "announced", "done"),
    ],
)
async def test_a_child_begins_with_its_siblings_or_not_at_all(parent: Parent | None, repair: str, begun: str) -> None:
    """While its parent is recorded it waits; once that is given up, it is removed. A delivery respects it, too."""
    child = a_job(id=child_id(a_parent(), 0), parent_id="p" * 26, parent_index=0, cache="off")
    shop = Workshop(child)
    if parent:
        shop.batches.has(parent)
    assert dict(await shop.swept()) == {repair: 1}
    assert (shop.jobs.find(child.id) is None) == (repair == "discarded")
    shop.jobs.has(child)
    assert await shop.deliver(child.id) == begun


async def test_a_job_of_an_earlier_recording_is_nobodys() -> None:
    """A frozen recorder wrote it after a repeat had begun the batch anew: it never runs, whoever knows the batch."""
    desk = Batches()
    await desk.take(*requests(1))
    earlier = msgspec.structs.replace(desk.parent(), nonce="earlier")
    stray = msgspec.structs.replace(desk.children()[0], id=child_id(earlier, 0), wake_at=NOON)
    desk.jobs.has(stray)
    assert await desk.shop.deliver(stray.id) == "not_claimed"
    await desk.run()
    assert await desk.shop.deliver(stray.id) == "not_claimed"
    assert (await desk.swept()).get("discarded") == 1
    assert [job.status for job in desk.children()] == ["completed"]


async def test_a_parent_is_read_once() -> None:
    """Before the first job begins, and when the last has ended: one that is queued is never abandoned."""
    desk = Batches()
    await desk.take()
    await desk.run()
    assert (desk.parents.calls.count("get"), desk.jobs.calls.count("count")) == (2, 3 + 3)


async def test_canceling_a_batch_cancels_what_has_not_ended() -> None:
    """At once, where it is small; what has completed stays."""
    desk = Batches()
    await desk.take()
    await desk.shop.deliver(desk.queue.announced.pop(0).id)
    parent, repeated = await desk.command("local", desk.parent().id, parent_commands.cancel, "key")
    assert (parent.status, repeated) == ("canceled", False)
    assert sorted(job.status for job in desk.children()) == ["canceled", "canceled", "completed"]
    again, repeated = await desk.command("local", parent.id, parent_commands.cancel, "key")
    assert (again.status, repeated) == ("canceled", True)
    with pytest.raises(Rejected) as caught:
        await desk.command("local", parent.id, parent_commands.retry, "key")
    assert (caught.value.status, caught.value.code) == (422, "idempotency_key_reused")


async def test_a_large_batch_is_canceled_in_pages() -> None:
    """The first at once, the others by sweep, each job once; a page that is done twice changes nothing."""
    desk = Batches()
    await desk.take(*requests(250))
    parent, _ = await desk.command("local", desk.parent().id, parent_commands.cancel)
    assert sum(job.status == "canceled" for job in desk.children()) == 100
    assert (parent.status, parent.pages is not None) == ("queued", True)
    desk.parents.failures.refuse("write", OutcomeUnknown("lost"))
    await desk.swept()
    assert (await desk.swept()).get("children_commanded") == 2
    assert {job.status for job in desk.children()} == {"canceled"}
    assert {len(job.commands) for job in desk.children()} == {1}
    assert (desk.parent().status, desk.parent().pages) == ("canceled", None)


async def test_a_job_at_work_is_asked_to_stop() -> None:
    """The batch ends with it."""
    desk = Batches()
    await desk.take(*requests(1))
    (job,) = desk.children()
    lease = a_lease()
    desk.jobs.has(msgspec.structs.replace(job, status="processing", lease=lease, wake_at=lease.expires_at))
    parent, _ = await desk.command("local", desk.parent().id, parent_commands.cancel)
    assert (parent.status, desk.children()[0].cancel_requested) == ("queued", True)
    await desk.swept(180)
    assert (desk.children()[0].status, desk.parent().status) == ("canceled", "canceled")


async def test_what_failed_is_retried_once() -> None:
    """The batch runs again, until all of it has completed; what fails anew is not retried by the same command."""
    desk = Batches()
    await desk.take()
    desk.shop.provider.then(REFUSED, REFUSED)
    await desk.run()
    assert desk.parent().status == "completed_with_failures"
    desk.shop.provider.then(REFUSED)
    parent, _ = await desk.command("local", desk.parent().id, parent_commands.retry, "again")
    assert (parent.status, parent.completed_at) == ("running", None)
    await desk.run()
    assert desk.parent().status == "completed_with_failures"
    assert sorted(job.retry_count for job in desk.children()) == [0, 1, 1]
    await desk.command("local", parent.id, parent_commands.retry, "once more")
    await desk.run()
    assert desk.parent().status == "completed"
    with pytest.raises(Rejected) as caught:
        await desk.command("local", parent.id, parent_commands.retry)
    assert (caught.value.status, caught.value.code) == (409, "batch_not_failed")


async def test_a_retry_that_a_limit_refuses_leaves_the_jobs_failed() -> None:
    """As many as may be are queued; the batch ends when they have."""
    desk = Batches(limited(3))
    await desk.take()
    desk.shop.provider.then(*[REFUSED] * 3)
    await desk.run()
    desk.becomes(limited(1))
    desk.clock.move(60)
    await desk.command("local", desk.parent().id, parent_commands.retry)
    assert sorted(job.status for job in desk.children()) == ["failed", "failed", "queued"]
    await desk.run()
    assert desk.parent().status == "completed_with_failures"


async def test_a_single_retry_mends_the_batch() -> None:
    """When that job ends: without a command on the batch."""
    desk = Batches()
    await desk.take()
    desk.shop.provider.then(REFUSED)
    await desk.run()
    (failed,) = [job for job in desk.children() if job.status == "failed"]
    await desk.command_job("local", failed.id, commands.retry)
    await desk.run()
    assert desk.parent().status == "completed"


async def test_another_s_batch_is_none() -> None:
    """Nor one that was never answered, or is a storyboard; nor what is no id."""
    desk = Batches()
    parent = await desk.take()
    desk.parents.has(a_parent())
    board = desk.parents.has(a_parent(id="s" * 26, kind="storyboard", status="queued")).parent
    others = (board.id, a_parent().id, "z" * 26, "?")
    for tenant, batch_id in (("other", parent.id), *(("local", other) for other in others)):
        with pytest.raises(Rejected) as caught:
            await desk.command(tenant, batch_id, parent_commands.cancel)
        assert (caught.value.status, caught.value.code) == (404, "batch_not_found")


async def test_a_batch_that_ended_is_kept_as_its_jobs_are() -> None:
    """And its key a week longer."""
    desk = Batches(msgspec.structs.replace(limited(), retention_days=2))
    await desk.take()
    await desk.run()
    assert desk.parent().purge_at == NOON + timedelta(days=9)


async def test_the_end_of_a_batch_is_told_once() -> None:
    """In the commit that ends it; what is recorded for delivery is told no more, and then the batch rests."""
    desk = Batches(signs=True)
    await desk.take(webhook=HOOK)
    await desk.run()
    (told,) = desk.queue.told
    assert (told.type, told.event_id) == ("batch.completed", f"evt_{desk.parent().id}_3")
    assert (desk.parent().outbox, desk.parent().wake_at) == ((told,), NOON + timedelta(minutes=2))
    assert await desk.hear(told) == "delivered"
    assert (await desk.swept(120)).get("parent_told") == 1
    assert (desk.parent().outbox, desk.parent().wake_at, len(desk.queue.told)) == ((), None, 1)
    assert desk.sender.sent == [(HOOK.url, told.event_id, "batch.completed of 3")]


async def test_what_nobody_recorded_is_told_again() -> None:
    """The message was lost, or `notify` could not run."""
    desk = Batches(signs=True)
    await desk.take(webhook=HOOK)
    desk.queue.failures.refuse("tell", DOWN)
    await desk.run()
    assert desk.queue.told == []
    for count in (1, 2):
        assert (await desk.swept(120)).get("parent_told") == 1
        assert len(desk.queue.told) == count


async def test_only_the_ends_that_are_asked_for_are_told() -> None:
    """Each run of a batch has its own, the later after the earlier."""
    desk = Batches(signs=True)
    events = ("batch.failed", "batch.completed")
    await desk.take(*requests(1), webhook=msgspec.structs.replace(HOOK, events=events))
    desk.shop.provider.then(REFUSED)
    await desk.run()
    await desk.command("local", desk.parent().id, parent_commands.retry)
    await desk.run()
    first, second = desk.queue.told[0], desk.queue.told[-1]
    assert [first.type, second.type, second.after] == ["batch.failed", "batch.completed", first.event_id]
    assert await desk.hear(second) == "waits"
    assert await desk.hear(first) == "delivered"
    assert await desk.hear(second) == "delivered"


async def test_a_deployment_that_signs_nothing_takes_no_webhook() -> None:
    """503, as for a job."""
    desk = Batches()
    with pytest.raises(Unavailable) as caught:
        await desk.take(webhook=HOOK)
    assert caught.value.code == "missing_webhook_secrets"
    assert desk.parents.history == []


async def test_a_parent_that_cannot_be_looked_after_hides_no_other() -> None:
    """It is moved on, for as long as nothing has moved already."""
    desk = Batches()
    await desk.take()
    desk.jobs.failures.refuse("count", DOWN)
    assert (await desk.swept(240)).get("not_repaired") == 1
    assert desk.parent().wake_at == desk.clock.now() + timedelta(seconds=240)
