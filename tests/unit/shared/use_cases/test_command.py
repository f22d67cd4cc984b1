"""Commands on a job: one conditional write each."""

from datetime import datetime

import msgspec
import pytest

from shared.domain.commands import cancel, delete, retry, tombstone
from shared.domain.errors import Conflict, OutcomeUnknown, Rejected, Unavailable
from shared.domain.job import Job, moved
from shared.use_cases.command import CommandJob
from shared.use_cases.tenants import RecentTenants
from tests.builders import JOB_ID, a_job, a_job_in
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.job_queue import FakeJobQueue
from tests.fakes.job_store import FakeJobStore
from tests.fakes.tenant_store import FakeTenantStore


class Desk:
    """Commands with fakes around them, and one job."""

    def __init__(self, job: Job) -> None:
        self.jobs, self.queue, self.tenants, clock = FakeJobStore(), FakeJobQueue(), FakeTenantStore(), FakeClock()
        self.command = CommandJob(self.jobs, self.queue, RecentTenants(self.tenants, clock), clock)
        self.jobs.has(job)

    async def cancel(self, key: str | None = None) -> tuple[Job, bool]:
        """The user cancels."""
        return await self.command("local", JOB_ID, cancel, key)


async def test_a_command_is_one_read_and_one_write() -> None:
    """And no announcement where there is no work."""
    desk = Desk(a_job())
    job, repeated = await desk.cancel()
    assert (job.status, repeated, desk.jobs.calls, desk.queue.ids) == ("canceled", False, ["get", "write"], [])
    assert desk.jobs.job(JOB_ID) == job


async def test_a_command_that_changes_nothing_writes_nothing() -> None:
    """The job is canceled already."""
    desk = Desk(a_job(status="canceled"))
    await desk.cancel()
    assert desk.jobs.calls == ["get"]


async def test_a_retried_job_is_announced() -> None:
    """It is queued again; where that fails, `sweep` will."""
    desk = Desk(a_job_in("failed"))
    await desk.command("local", JOB_ID, retry)
    assert desk.queue.ids == [JOB_ID]
    desk = Desk(a_job_in("failed"))
    desk.queue.failures.refuse("announce", Unavailable("down", "Down."))
    job, _ = await desk.command("local", JOB_ID, retry)
    assert (job.status, desk.queue.ids) == ("queued", [])


async def test_a_key_carries_its_command_out_once() -> None:
    """Even after the job went on."""
    desk = Desk(a_job_in("failed"))
    await desk.command("local", JOB_ID, retry, "key")
    desk.jobs.change(JOB_ID, lambda job: msgspec.structs.replace(job, status="failed"))
    job, repeated = await desk.command("local", JOB_ID, retry, "key")
    assert (job.status, job.retry_count, repeated) == ("failed", 1, True)


async def test_a_command_is_applied_to_the_job_as_it_is() -> None:
    """A worker that claimed it meanwhile is asked to stop."""
    desk = Desk(a_job())
    desk.jobs.failures.meanwhile("write", lambda: desk.jobs.change(JOB_ID, lambda _: a_job_in("processing")))
    job, _ = await desk.cancel()
    assert (job.status, job.cancel_requested) == ("processing", True)


@pytest.mark.parametrize("error", [Conflict("the repeat"), OutcomeUnknown("lost")])
async def test_an_own_write_whose_answer_was_lost_is_known(error: Exception) -> None:
    """It is not carried out twice."""
    desk = Desk(a_job_in("failed"))
    desk.jobs.failures.lose_answer("write", error)
    job, _ = await desk.command("local", JOB_ID, retry)
    assert job.retry_count == desk.jobs.job(JOB_ID).retry_count == 1


async def test_endless_contention_is_503() -> None:
    """The client may repeat."""
    desk = Desk(a_job())
    desk.jobs.failures.refuse("write", Conflict("another write"), times=100)
    with pytest.raises(Unavailable):
        await desk.cancel()


@pytest.mark.parametrize(("tenant", "job_id"), [("another", JOB_ID), ("local", "b" * 26), ("local", "a/b")])
async def test_a_job_that_is_not_there_is_404(tenant: str, job_id: str) -> None:
    """Another's, unknown, or no id at all."""
    desk = Desk(a_job())
    with pytest.raises(Rejected) as refusal:
        await desk.command(tenant, job_id, cancel)
    assert refusal.value.status == 404
    assert len(desk.jobs.history) == 1


async def test_a_rule_s_refusal_is_told() -> None:
    """And nothing is written."""

    def refuse(_: Job, __: datetime) -> Job:
        raise Rejected(409, "no", "No.")

    desk = Desk(a_job())
    with pytest.raises(Rejected):
        await desk.command("local", JOB_ID, refuse)
    assert desk.jobs.calls == ["get"]


async def test_a_call_whose_answer_was_lost_knows_its_own_write_under_another_s() -> None:
    """Without a key too: a worker has claimed the retried job by then, and a second retry would be refused."""
    desk = Desk(a_job_in("failed"))

    def claimed() -> None:
        desk.jobs.change(JOB_ID, lambda job: msgspec.structs.replace(moved(job, "processing", NOON), write_id="other"))

    desk.jobs.failures.lose_answer("write", OutcomeUnknown("lost"))
    desk.jobs.failures.meanwhile("get", lambda: None)
    desk.jobs.failures.meanwhile("get", claimed)
    job, repeated = await desk.command("local", JOB_ID, retry)
    assert (job.status, job.retry_count, repeated) == ("processing", 1, False)


async def test_a_key_of_one_command_is_refused_for_another() -> None:
    """422, whatever the other would do; and nothing is written."""
    desk = Desk(a_job_in("failed"))
    await desk.command("local", JOB_ID, retry, "key")
    with pytest.raises(Rejected) as refusal:
        await desk.command("local", JOB_ID, cancel, "key")
    assert (refusal.value.status, desk.jobs.job(JOB_ID).status) == (422, "queued")


async def test_a_deletion_repeated_with_its_key_is_no_404() -> None:
    """As long as anything is left of the job; without its key, or by another command, the job is gone."""
    desk = Desk(a_job())
    await desk.command("local", JOB_ID, delete, "key")
    job, repeated = await desk.command("local", JOB_ID, delete, "key")
    assert (job.deleted_at is not None, repeated) == (True, True)
    desk.jobs.change(JOB_ID, lambda job: tombstone(job, NOON))
    assert (await desk.command("local", JOB_ID, delete, "key"))[1]
    for rule, key in ((delete, None), (delete, "other"), (cancel, "third")):
        with pytest.raises(Rejected) as refusal:
            await desk.command("local", JOB_ID, rule, key)
        assert refusal.value.status == 404
