"""Only the holder's writes count, and each of them once."""

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
import pytest

from shared.domain.accounts import Charge
from shared.domain.commands import cancel
from shared.domain.errors import Canceled, Conflict, LeaseLost, OutcomeUnknown, RenderTaken, Unavailable
from shared.domain.inputs import Input
from shared.domain.job import Job, moved
from shared.domain.render import Render
from shared.domain.spending import booked, paid
from shared.idempotency import MAX_CONTENTION, Hold, LeaseRules, claim
from shared.ports import RenderChange, Stored
from tests.builders import JOB_ID, a_job, a_job_in
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.job_store import FakeJobStore

INPUT = Input(uri="gs://fake-bucket/i.png", sha256="0", mime_type="image/png")
Change = Callable[[Job, datetime], Job]


@pytest.fixture
def jobs() -> FakeJobStore:
    """A store with one queued job."""
    store = FakeJobStore()
    store.has(a_job())
    return store


@pytest.fixture
def clock() -> FakeClock:
    """It stands at noon."""
    return FakeClock()


@pytest.fixture
async def hold(jobs: FakeJobStore, clock: FakeClock) -> Hold:
    """The job, claimed."""
    found = await claim(jobs, clock, LeaseRules(), JOB_ID, "worker-1")
    assert found is not None
    jobs.calls.clear()
    return found


def generating(job: Job, now: datetime) -> Job:
    """The next step of a claimed job: a call is booked."""
    return moved(job, "generating", now, spend=booked(job, 40_000))


def uploading(job: Job, now: datetime) -> Job:
    """The step after that: the call is paid."""
    return moved(job, "uploading", now, spend=paid(job, 30_000))


def cancels(jobs: FakeJobStore) -> Callable[[], None]:
    """The user asks for the end of the job."""
    return lambda: jobs.change(JOB_ID, lambda job: msgspec.structs.replace(cancel(job, NOON), write_id="the user's"))


async def test_a_write_is_one_call_without_a_read(hold: Hold, jobs: FakeJobStore) -> None:
    """The holder knows the version: it wrote it."""
    await hold.write(generating)
    await hold.write(uploading)
    assert jobs.calls == ["write", "write"]
    assert jobs.job(JOB_ID).status == "uploading"
    assert hold.job == jobs.job(JOB_ID)


async def test_every_write_has_an_id_of_its_own(hold: Hold, jobs: FakeJobStore) -> None:
    """So that an own lost write is told from another's."""
    await hold.write(generating)
    await hold.write(uploading)
    ids = [job.write_id for job in jobs.history]
    assert len(set(ids)) == len(ids) == 4


async def test_an_own_write_whose_answer_was_lost_is_not_written_twice(hold: Hold, jobs: FakeJobStore) -> None:
    """It is read, found and taken as written."""
    jobs.lose_answer("write")
    await hold.write(generating)
    await hold.write(uploading)
    assert jobs.calls == ["write", "get", "write"]
    assert len(jobs.job(JOB_ID).spend) == 1


async def test_a_write_that_the_library_repeated_is_not_written_twice(hold: Hold, jobs: FakeJobStore) -> None:
    """The repeat meets the first one's version: a conflict with ourselves."""
    jobs.failures.lose_answer("write", Conflict("the repeat"))
    await hold.write(generating)
    assert len(jobs.job(JOB_ID).spend) == 1


async def test_a_write_that_never_arrived_is_written_again(hold: Hold, jobs: FakeJobStore) -> None:
    """Neither lost nor doubled."""
    jobs.failures.refuse("write", OutcomeUnknown("lost on the way there"))
    await hold.write(generating)
    assert [job.status for job in jobs.history] == ["queued", "processing", "generating"]


async def test_a_cancel_before_a_write_wins(hold: Hold, jobs: FakeJobStore) -> None:
    """The holder ends the job instead of going on."""
    jobs.failures.meanwhile("write", cancels(jobs))
    with pytest.raises(Canceled):
        await hold.write(generating)
    assert (jobs.job(JOB_ID).status, jobs.job(JOB_ID).lease) == ("canceled", None)


async def test_a_canceled_call_that_was_not_made_is_not_booked(hold: Hold, jobs: FakeJobStore) -> None:
    """Canceled before the call, the job cost nothing, and that is known."""
    jobs.failures.meanwhile("write", cancels(jobs))
    with pytest.raises(Canceled):
        await hold.write(generating)
    assert jobs.job(JOB_ID).actual_micros == 0


async def test_a_canceled_job_keeps_what_its_call_cost(hold: Hold, jobs: FakeJobStore) -> None:
    """Canceled after the call, its price is kept."""
    await hold.write(generating)
    jobs.failures.meanwhile("write", cancels(jobs))
    with pytest.raises(Canceled):
        await hold.write(uploading)
    assert jobs.job(JOB_ID).actual_micros == 30_000


async def test_a_cancel_after_an_own_lost_write_is_obeyed(hold: Hold, jobs: FakeJobStore) -> None:
    """The write took effect, its answer was lost, the user canceled: the job ends, with the call's price."""
    await hold.write(generating)
    jobs.lose_answer("write")
    jobs.failures.meanwhile("get", cancels(jobs))
    with pytest.raises(Canceled):
        await hold.write(uploading)
    assert jobs.job(JOB_ID).status == "canceled"
    assert jobs.job(JOB_ID).actual_micros == 30_000


async def test_a_harmless_write_after_an_own_lost_one_is_no_harm(hold: Hold, jobs: FakeJobStore) -> None:
    """`sweep` moved `wake_at` after a write whose answer was lost: that write stands, once."""
    jobs.lose_answer("write")
    moves = lambda job: msgspec.structs.replace(job, wake_at=NOON, write_id="the sweep's")  # noqa: E731 - an argument
    jobs.failures.meanwhile("get", lambda: jobs.change(JOB_ID, moves))
    await hold.write(generating)
    await hold.write(uploading)
    assert [job.status for job in jobs.history] == ["queued", "processing", "generating", "generating", "uploading"]
    assert len(jobs.job(JOB_ID).spend) == 1


async def test_a_job_that_another_took_over_is_lost(hold: Hold, jobs: FakeJobStore) -> None:
    """The worker stops, and the other's write stands."""
    other = a_job_in("generating")
    jobs.failures.meanwhile("write", lambda: jobs.change(JOB_ID, lambda _: other))
    with pytest.raises(LeaseLost):
        await hold.write(generating)
    assert jobs.job(JOB_ID) == other


@pytest.mark.parametrize("status", ["completed", "failed", "canceled"])
async def test_a_job_that_has_ended_is_lost(hold: Hold, jobs: FakeJobStore, status: str) -> None:
    """Whatever it still does changes nothing."""
    jobs.change(JOB_ID, lambda job: msgspec.structs.replace(job, status=status, write_id="another's"))
    with pytest.raises(LeaseLost):
        await hold.write(generating)
    assert jobs.job(JOB_ID).status == status


async def test_a_job_that_is_gone_is_lost(hold: Hold, jobs: FakeJobStore) -> None:
    """It is not made anew."""
    jobs.remove(JOB_ID)
    with pytest.raises(LeaseLost, match="gone"):
        await hold.write(generating)


async def test_endless_contention_ends_the_hold(hold: Hold, jobs: FakeJobStore) -> None:
    """The lease will run out by itself."""
    jobs.failures.refuse("write", Conflict("another write"), times=MAX_CONTENTION)
    with pytest.raises(LeaseLost, match="too many"):
        await hold.write(generating)


async def test_a_database_that_is_briefly_away_is_waited_for(hold: Hold, jobs: FakeJobStore) -> None:
    """What the holder has in its hands may be paid for."""
    jobs.failures.refuse("write", OutcomeUnknown("lost on the way there"))
    jobs.failures.refuse("get", Unavailable("down", "Down."), times=5)
    await hold.write(generating)
    assert jobs.job(JOB_ID).status == "generating"


async def test_a_database_that_stays_away_is_said(hold: Hold, jobs: FakeJobStore, clock: FakeClock) -> None:
    """A conflict that cannot be looked into is no reason to go on; the lease is not outstayed."""
    jobs.failures.refuse("write", Conflict("another write"))
    jobs.failures.refuse("get", Unavailable("down", "Down."), times=100)
    with pytest.raises(Unavailable):
        await hold.write(generating)
    assert hold.work_until - timedelta(seconds=10) <= clock.now() < hold.work_until


class LateStore(FakeJobStore):
    """The first write of the holder arrives only when its second one does, a second later."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self.clock = clock
        self.late: tuple[Stored, Job] | None = None

    async def write(
        self, before: Stored, job: Job, render: RenderChange | None = None, charge: Charge | None = None
    ) -> Stored:
        """See JobStore.write."""
        if self.late is None:
            self.late = before, job
            self.clock.move(1)
            raise OutcomeUnknown("it took too long")
        if self.job(JOB_ID).write_id != self.late[1].write_id:
            await super().write(*self.late)
        return await super().write(before, job, render, charge)


@pytest.mark.parametrize("change", [generating, lambda job, now: moved(job, "failed", now)])
async def test_an_own_write_that_arrives_late_is_known(clock: FakeClock, change: Change) -> None:
    """It is neither refused as a change that is no longer legal, nor taken for another worker's."""
    jobs = LateStore(clock)
    jobs.has(held := a_job_in("processing"))
    assert held.lease is not None
    hold = Hold(jobs, clock, LeaseRules(), Stored(held, 1), held.lease)
    await hold.write(change)
    assert hold.job == jobs.job(JOB_ID)
    assert [job.status for job in jobs.history] == ["processing", hold.job.status]


async def test_a_record_is_written_with_the_job(hold: Hold, jobs: FakeJobStore) -> None:
    """One commit: who leads is known as soon as the call is booked."""
    await hold.write(generating, RenderChange("pixels", None, Render(leader=JOB_ID)))
    assert jobs.render("pixels") == Render(leader=JOB_ID)


async def test_a_record_that_another_took_leaves_the_job_held(hold: Hold, jobs: FakeJobStore) -> None:
    """Neither the job nor the record is written; the holder decides again."""
    jobs.has_render("pixels", Render(leader="another"))
    with pytest.raises(RenderTaken):
        await hold.write(generating, RenderChange("pixels", None, Render(leader=JOB_ID)))
    assert jobs.job(JOB_ID).status == "processing"
    await hold.write(generating)
    assert jobs.render("pixels") == Render(leader="another")


async def test_a_cancel_leaves_no_record_behind(hold: Hold, jobs: FakeJobStore) -> None:
    """A canceled job leads nobody."""
    jobs.failures.meanwhile("write", cancels(jobs))
    with pytest.raises(Canceled):
        await hold.write(generating, RenderChange("pixels", None, Render(leader=JOB_ID)))
    assert jobs.render("pixels") is None


async def test_what_is_noted_goes_with_the_next_write(jobs: FakeJobStore, hold: Hold) -> None:
    """Its holder sees it at once; nothing is written for it alone, and another's write in between loses nothing."""
    hold.note(inputs=(INPUT,))
    assert (hold.job.inputs, jobs.job(JOB_ID).inputs, jobs.calls) == ((INPUT,), (), [])
    jobs.failures.meanwhile("write", lambda: jobs.change(JOB_ID, another_s_write))
    await hold.write(generating)
    assert (jobs.job(JOB_ID).inputs, jobs.job(JOB_ID).labels, jobs.job(JOB_ID).status) == (
        (INPUT,), {"by": "another"}, "generating"
    )  # fmt: skip


def another_s_write(job: Job) -> Job:
    """A change that leaves the job to its holder."""
    return msgspec.structs.replace(job, labels={"by": "another"}, write_id="another's")
