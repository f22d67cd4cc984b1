"""One worker at a time holds a job."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.accounts import Charge
from shared.domain.errors import Conflict, OutcomeUnknown, Unavailable
from shared.domain.job import Failure, Job, Status
from shared.idempotency import MAX_CONTENTION, Hold, LeaseRules, claim
from shared.ports import RenderChange, Stored
from tests.builders import JOB_ID, a_job, a_job_in, a_lease
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.job_store import FakeJobStore

RULES = LeaseRules(seconds=180, max_attempts=3)
LATE = NOON + timedelta(hours=1)


class Bench:
    """A job, and a worker that tries to take it."""

    def __init__(self, job: Job | None = None) -> None:
        self.jobs, self.clock = FakeJobStore(), FakeClock()
        if job:
            self.jobs.has(job)

    async def claim(self, job_id: str = JOB_ID, holder: str = "worker-2") -> Hold | None:
        """Try."""
        return await claim(self.jobs, self.clock, RULES, job_id, holder)

    async def taken(self) -> Hold:
        """Take it, which must succeed."""
        hold = await self.claim()
        assert hold is not None
        return hold

    @property
    def job(self) -> Job:
        """As it is stored."""
        return self.jobs.job(JOB_ID)


class Late(FakeJobStore):
    """The store of a bench, to which the first write comes only with the second, a second later."""

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self.__dict__ |= bench.jobs.__dict__
        self._clock = bench.clock
        self._late: list[tuple[Stored, Job]] = []

    async def write(
        self, before: Stored, job: Job, render: RenderChange | None = None, charge: Charge | None = None
    ) -> Stored:
        """See JobStore.write."""
        self._late.append((before, job))
        if len(self._late) == 1:
            self._clock.move(1)
            raise OutcomeUnknown("it took too long")
        await super().write(*self._late[0])
        return await super().write(before, job, render, charge)


async def test_a_queued_job_is_taken_with_one_read_and_one_write() -> None:
    """The lease begins now, and `sweep` looks when it ends."""
    bench = Bench(a_job())
    hold = await bench.taken()
    assert bench.jobs.calls == ["get", "write"]
    assert (bench.job.status, bench.job.attempt_count, bench.job.counted_attempts) == ("processing", 1, 1)
    assert bench.job.lease == hold.lease
    assert (hold.lease.holder, hold.lease.expires_at) == ("worker-2", NOON + timedelta(seconds=180))
    assert hold.work_until == NOON + timedelta(seconds=170)
    assert bench.job.wake_at == hold.lease.expires_at
    assert (bench.job.started_at, bench.job.took_over) == (NOON, False)


async def test_each_claim_has_a_token_of_its_own() -> None:
    """Even of the same worker."""
    tokens = [(await Bench(a_job()).taken()).lease.token for _ in range(2)]
    assert tokens[0] != tokens[1]


async def test_there_is_nothing_to_take_where_there_is_no_job() -> None:
    """An unknown job is acknowledged."""
    assert await Bench().claim() is None


async def test_what_is_no_id_is_not_even_looked_up() -> None:
    """A path as id would be an error of the database."""
    bench = Bench()
    assert await bench.claim("a/b") is None
    assert bench.jobs.calls == []


@pytest.mark.parametrize("fields", [{"not_before": LATE}, {"next_attempt_at": LATE}], ids=str)
async def test_an_early_delivery_takes_nothing(fields: dict[str, Any]) -> None:
    """The job waits for its time; then it is taken."""
    bench = Bench(a_job(**fields))
    assert await bench.claim() is None
    assert bench.jobs.calls == ["get"]
    bench.clock.move(3600)
    assert (await bench.taken()).job.next_attempt_at is None


@pytest.mark.parametrize("status", ["processing", "generating", "uploading"])
async def test_a_held_job_is_left_to_its_holder(status: Status) -> None:
    """Up to the last microsecond of the lease."""
    bench = Bench(a_job_in(status))
    bench.clock.move(179.999999)
    assert await bench.claim() is None
    assert bench.jobs.calls == ["get"]


@pytest.mark.parametrize("status", ["completed", "failed", "canceled"])
async def test_an_ended_job_is_left_alone(status: Status) -> None:
    """A late delivery changes nothing."""
    bench = Bench(a_job_in(status))
    assert await bench.claim() is None
    assert bench.jobs.calls == ["get"]


@pytest.mark.parametrize("status", ["processing", "generating", "uploading"])
async def test_an_expired_lease_is_taken_over(status: Status) -> None:
    """The next attempt knows that there was another."""
    bench = Bench(a_job_in(status, counted_attempts=1))
    bench.clock.move(180)
    hold = await bench.taken()
    assert (hold.job.status, hold.job.attempt_count, hold.job.took_over) == ("processing", 2, True)
    assert hold.job.timeline[-1].note == "taken over"
    assert hold.lease.token != "token-1"  # noqa: S105 - a lease's token


async def test_a_second_attempt_after_a_failure_may_find_objects_too() -> None:
    """A failed upload may have left some."""
    hold = await Bench(a_job(attempt_count=1, counted_attempts=1)).taken()
    assert hold.job.took_over
    assert hold.job.timeline[-1].note == ""


async def test_times_of_an_earlier_attempt_do_not_stand_beside_this_one_s() -> None:
    """Durations are of one attempt, never from one to another."""
    again = a_job(attempt_count=1, counted_attempts=1, generating_at=NOON, generated_at=NOON)
    hold = await Bench(again).taken()
    assert (hold.job.generating_at, hold.job.generated_at) == (None, None)


async def test_a_canceled_job_whose_holder_died_is_ended() -> None:
    """Nobody works on it again."""
    bench = Bench(a_job_in("generating", cancel_requested=True))
    bench.clock.move(180)
    assert await bench.claim() is None
    assert bench.job.status == "canceled"


async def test_a_job_that_starts_too_late_fails() -> None:
    """Nothing is spent on it."""
    bench = Bench(a_job(deadline=NOON))
    assert await bench.claim() is None
    assert bench.job.failure == Failure(
        type="PERMANENT", stage="validating", code="deadline_exceeded", retryable=False,
        message="The job did not start before its deadline; nothing was spent.",
    )  # fmt: skip
    assert bench.job.spend == ()


async def test_a_job_that_used_up_its_attempts_fails_with_the_last_reason() -> None:
    """Its type and message are those of the last failure."""
    last = Failure(type="TEMPORARY", stage="generating", code="busy", message="Busy.", retryable=True)
    bench = Bench(a_job(counted_attempts=3, attempt_count=9, failure=last))
    assert await bench.claim() is None
    assert bench.job.status == "failed"
    assert bench.job.failure is not None
    assert (bench.job.failure.code, bench.job.failure.type) == ("attempts_exhausted", "TEMPORARY")
    assert bench.job.failure.message == "The job was given up after 3 attempts. The last failure: Busy."


async def test_a_job_whose_workers_all_died_fails_too() -> None:
    """A job that kills its worker does not kill for ever."""
    bench = Bench(a_job_in("generating", counted_attempts=3))
    bench.clock.move(180)
    assert await bench.claim() is None
    assert bench.job.failure is not None
    assert bench.job.failure.message == "The job was given up after 3 attempts. Its workers died."


async def test_one_of_two_gets_it() -> None:
    """Two deliveries at the same moment meet one conditional write."""
    bench = Bench(a_job())
    holds = await asyncio.gather(bench.claim(holder="a"), bench.claim(holder="b"))
    assert [hold is None for hold in holds].count(True) == 1
    assert bench.job.attempt_count == 1


async def test_a_claim_outlives_a_harmless_write_in_between() -> None:
    """`sweep` moved `wake_at`: the job is still free."""
    bench = Bench(a_job())
    bench.jobs.failures.meanwhile("write", lambda: bench.jobs.change(JOB_ID, lambda job: job))
    assert (await bench.taken()).job.attempt_count == 1


async def test_a_claim_gives_way_to_another_s() -> None:
    """Held meanwhile, it is acknowledged."""
    bench = Bench(a_job())
    bench.jobs.failures.meanwhile("write", lambda: bench.jobs.change(JOB_ID, lambda _: a_job_in("processing")))
    assert await bench.claim() is None
    assert bench.job.lease == a_lease()


async def test_a_claim_gives_way_to_a_deletion() -> None:
    """The job vanished between read and write."""
    bench = Bench(a_job())
    bench.jobs.failures.meanwhile("write", lambda: bench.jobs.remove(JOB_ID))
    assert await bench.claim() is None


async def test_a_claim_whose_answer_was_lost_is_held() -> None:
    """Its own `write_id` is there: the lease is ours."""
    bench = Bench(a_job())
    bench.jobs.lose_answer("write")
    hold = await bench.taken()
    assert hold.job.lease == hold.lease
    assert bench.job.attempt_count == 1


async def test_a_claim_that_never_arrived_is_tried_again() -> None:
    """Not there, still free: once more."""
    bench = Bench(a_job())
    bench.jobs.failures.refuse("write", OutcomeUnknown("lost on the way there"))
    assert (await bench.taken()).job.attempt_count == 1


async def test_a_claim_that_arrives_late_is_held() -> None:
    """After the job was read and still found free: the second write meets the first one, whose lease is ours."""
    bench = Bench(a_job())
    late = Late(bench)
    hold = await claim(late, bench.clock, RULES, JOB_ID, "worker-2")
    assert hold is not None
    assert (hold.job, hold.lease) == (bench.job, bench.job.lease)
    assert bench.job.attempt_count == 1


async def test_endless_contention_is_given_up() -> None:
    """The delivery is acknowledged; `sweep` announces the job again."""
    bench = Bench(a_job())
    bench.jobs.failures.refuse("write", Conflict("another write"), times=MAX_CONTENTION)
    assert await bench.claim() is None
    assert bench.job == a_job()


async def test_a_database_that_does_not_answer_is_said() -> None:
    """The delivery is not acknowledged then."""
    bench = Bench(a_job())
    bench.jobs.failures.refuse("get", Unavailable("down", "Down."))
    with pytest.raises(Unavailable):
        await bench.claim()
