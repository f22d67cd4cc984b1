"""Two workers, a user and `sweep` around one job, in any order, with lost answers, deaths and a moving clock.

Each worker goes on by one call of the database at a time, so that anything may happen between any two.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import pairwise
from typing import Any, Literal

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from shared.domain.commands import cancel, retry
from shared.domain.errors import Canceled, Conflict, LeaseLost, OutcomeUnknown, ProviderError, Unavailable
from shared.domain.job import HELD, TRANSITIONS, Job, moved
from shared.domain.retry import given_up_or_queued
from shared.domain.spending import booked, paid
from shared.idempotency import LeaseRules, claim, fresh_token
from shared.use_cases.sweep import Sweep
from shared.use_cases.tenants import RecentTenants
from tests.builders import a_job
from tests.fakes.clock import FakeClock
from tests.fakes.image_store import FakeImageStore
from tests.fakes.job_queue import FakeJobQueue
from tests.fakes.job_store import FakeJobStore
from tests.fakes.stores import fake_stores

RULES = LeaseRules(seconds=60, max_attempts=3)
Plan = Literal["completed", "TEMPORARY", "RATE_LIMIT", "PERMANENT"]
PLANS: tuple[Plan, ...] = ("completed", "TEMPORARY", "RATE_LIMIT", "PERMANENT")
WORKERS = ("a", "b")


class CompetingWorkers(RuleBasedStateMachine):
    """Whatever happens, the job is worked on by one at a time, and ends."""

    def __init__(self) -> None:
        super().__init__()
        self.jobs, self.clock = FakeJobStore(), FakeClock()
        stores = fake_stores(jobs=self.jobs)
        tenants = RecentTenants(stores.tenants, self.clock)
        self.sweep = Sweep(stores, FakeJobQueue(), FakeImageStore(), self.clock, tenants)
        self.at_work: dict[str, Coroutine[Any, Any, None]] = {}
        self.tokens: dict[str, str] = {}  # of the lease that each worker believes to have
        self.completions = 0  # that a worker believes to have made
        self.calls = 0  # of the provider
        self.number = 0  # of jobs before this one
        self.jobs.has(a_job(id=self.job_id))

    @property
    def job_id(self) -> str:
        """Of the job that all is about now."""
        return "abcdefghijklmnopqrstuvwxyz234567"[self.number % 32] * 26

    @property
    def job(self) -> Job:
        """The job as it is stored."""
        return self.jobs.job(self.job_id)

    @rule(name=st.sampled_from(WORKERS), plan=st.sampled_from(PLANS), calls=st.integers(1, 8))
    def go_on(self, name: str, plan: Plan, calls: int) -> None:
        """A worker makes some calls of the database; the broker delivers to an idle one, at any time."""
        if name not in self.at_work:
            self.at_work[name] = self._work(name, plan)
        for _ in range(calls):
            if name in self.at_work:
                self._step(name)

    @rule(name=st.sampled_from(WORKERS))
    def die(self, name: str) -> None:
        """A worker ends in the middle of whatever it does."""
        if name in self.at_work:
            self.at_work.pop(name).close()

    @rule(seconds=st.sampled_from([30, 60, 130, 4000]))
    def pass_time(self, seconds: int) -> None:
        """Leases expire, back-offs end."""
        self.clock.move(seconds)

    @rule(mishap=st.sampled_from(["answer lost", "repeated", "request lost", "canceled"]))
    def something_happens(self, mishap: str) -> None:
        """The next write takes effect unnoticed, or does not arrive unnoticed; or the user cancels held work."""
        if mishap == "answer lost":
            self.jobs.lose_answer("write")
        elif mishap == "repeated":
            self.jobs.failures.lose_answer("write", Conflict("repeated by the client library"))
        elif mishap == "request lost":
            self.jobs.failures.refuse("write", OutcomeUnknown("lost"))
        elif self.job.status in HELD:
            self._command(cancel)

    @precondition(lambda self: self.job.is_over)
    @rule()
    def a_user_goes_on(self) -> None:
        """A failed job is retried; after another there is a new one, while old workers may still be about."""
        if self.job.status == "failed":
            self._command(retry)
        else:
            self.number += 1
            self.completions = self.calls = 0
            self.jobs.history.clear()
            self.jobs.has(a_job(id=self.job_id))

    @rule()
    def sweep_looks(self) -> None:
        """`sweep` does what is due."""
        asyncio.run(_swept(self.sweep))

    @invariant()
    def every_change_is_legal(self) -> None:
        """No transition outside the table; the sequence rises by one with each; what has ended stays as it ended."""
        for before, after in self._changes():
            same = before.status == after.status
            assert same or after.status in TRANSITIONS[before.status]
            asked = after.cancel_requested and not before.cancel_requested
            taken_over = same and before.status == "processing" and before.lease != after.lease
            assert after.status_sequence == before.status_sequence + (not same or asked or taken_over)
            if before.status in {"completed", "canceled"}:
                assert after == msgspec.structs.replace(before, wake_at=after.wake_at, write_id=after.write_id)

    @invariant()
    def the_job_completes_at_most_once(self) -> None:
        """No two workers settle, and none that settled was overruled."""
        completed = [after for before, after in self._changes() if after.status != before.status]
        assert [job.status for job in completed].count("completed") <= 1
        assert self.completions <= (self.job.status == "completed")

    @invariant()
    def no_call_is_forgotten(self) -> None:
        """What was paid or may have been is booked."""
        assert self.calls <= len(self.job.spend)
        assert self.job.counted_attempts <= RULES.max_attempts

    def teardown(self) -> None:
        """With one worker that lives and a database that answers, the job ends."""
        for worker in self.at_work.values():
            worker.close()
        self.at_work.clear()
        for _ in range(60):
            if self.job.is_over:
                return
            self.clock.move(3700)
            asyncio.run(_swept(self.sweep))
            self.go_on("a", "completed", 30)
            self.die("a")
        raise AssertionError(f"the job is {self.job.status} for ever")

    def _changes(self) -> list[tuple[Job, Job]]:
        return list(pairwise(job for job in self.jobs.history if job.id == self.job_id))

    async def _work(self, name: str, plan: Plan) -> None:
        job_id = self.job_id
        hold = await claim(self.jobs, self.clock, RULES, job_id, name)
        if hold is None:
            return
        self.tokens[name] = hold.lease.token
        try:
            await hold.write(_generating)
            self.calls += job_id == self.job_id
            if plan == "completed":
                await hold.write(_uploading)
                await hold.write(_completed)
                self.completions += job_id == self.job_id
            else:
                error = ProviderError(plan, "no", "No.")
                await hold.write(lambda job, now: given_up_or_queued(job, now, error, "generating", RULES.max_attempts))
        except (Canceled, LeaseLost):
            return

    def _step(self, name: str) -> None:
        """One call; whatever it writes must be the worker's to write."""
        with self._only_as_holder(name):
            try:
                self.at_work[name].send(None)
            except StopIteration:
                del self.at_work[name]

    @contextmanager
    def _only_as_holder(self, name: str) -> Iterator[None]:
        before, writes = self.job, len(self.jobs.history)
        yield
        written = self.jobs.history[writes:]
        if not written:
            return
        assert len(written) == 1
        assert written[0].id == before.id, "a worker of an ended job wrote"
        claims = self.job.lease is not None and self.job.lease.holder == name and self.job.lease != before.lease
        if claims or (self.job.is_over and not before.held(self.clock.now())):
            assert not before.held(self.clock.now())
        else:
            assert before.lease is not None
            assert before.lease.token == self.tokens[name]

    def _command(self, command: Callable[[Job, datetime], Job]) -> None:
        self.jobs.has(msgspec.structs.replace(command(self.job, self.clock.now()), write_id=fresh_token()))


async def _swept(sweep: Sweep) -> None:
    try:
        await sweep()
    except Unavailable:
        return


def _generating(job: Job, now: datetime) -> Job:
    return moved(job, "generating", now, spend=booked(job, 40_000))


def _uploading(job: Job, now: datetime) -> Job:
    return moved(job, "uploading", now, spend=paid(job, 40_000))


def _completed(job: Job, now: datetime) -> Job:
    return moved(job, "completed", now, completed_at=now, wake_at=None)


TestCompetingWorkers = CompetingWorkers.TestCase
TestCompetingWorkers.settings = settings(
    max_examples=100, stateful_step_count=60, deadline=None, suppress_health_check=list(HealthCheck)
)
