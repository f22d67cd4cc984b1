"""A provider's "done": the job is announced where it waits for that, and nothing else happens."""

from typing import Any

import msgspec
import pytest

from shared.config import MissingSetting, Settings
from shared.domain.callbacks import token
from shared.domain.commands import delete
from shared.domain.errors import Rejected, Unavailable
from shared.domain.job import Job
from shared.use_cases.call_back import CallBack, secret_of
from tests.builders import JOB_ID, a_job, a_job_in, a_lease
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.job_queue import FakeJobQueue
from tests.fakes.job_store import FakeJobStore

SECRET = "a secret"  # noqa: S105 - of nothing
WAITING = a_job(provider_operation="task-1")
TOKEN = token(SECRET, "nanobanana", WAITING)


class Desk:
    """Where a job may be called about."""

    def __init__(self, job: Job | None = WAITING) -> None:
        self.jobs, self.queue, self.clock = FakeJobStore(), FakeJobQueue(), FakeClock()
        if job:
            self.jobs.has(job)
        self.before = len(self.jobs.history)

    async def called(self, secret: str | None = SECRET, name: str = JOB_ID, made: str = TOKEN) -> list[str]:
        """The ids that are announced; nothing is ever written."""
        try:
            await CallBack(self.jobs, self.queue, self.clock)(secret, "nanobanana", name, made)
        finally:
            assert len(self.jobs.history) == self.before
        return self.queue.ids


async def test_a_job_that_waits_for_it_is_announced() -> None:
    """Each time it comes."""
    desk = Desk()
    assert await desk.called() == [JOB_ID]
    assert await desk.called() == [JOB_ID, JOB_ID]


@pytest.mark.parametrize(
    "job",
    [
        a_job(),
        a_job(provider_operation="task-1", next_attempt_at=NOON.replace(minute=1)),
        a_job_in("generating", provider_operation="task-1"),
        a_job_in("completed"),
        a_job_in("failed", provider_operation="task-1"),
        a_job_in("canceled", provider_operation="task-1"),
    ],
    ids=["nothing under way", "not due", "held", "completed", "failed", "canceled"],
)
async def test_a_job_that_does_not_wait_is_left_alone(job: Job) -> None:
    """Late, or too early: whoever gives the claim back asks once more."""
    assert await Desk(job).called() == []


async def test_a_job_whose_worker_died_is_announced() -> None:
    """Its lease has run out: whoever is told takes it over."""
    desk = Desk(a_job_in("generating", provider_operation="task-1", lease=a_lease(seconds=-1)))
    assert await desk.called() == [JOB_ID]


@pytest.mark.parametrize(
    ("job", "given"),
    [
        (WAITING, {"made": TOKEN[:-2] + "AA"}),
        (WAITING, {"made": ""}),
        (WAITING, {"secret": None}),
        (WAITING, {"secret": ""}),
        (WAITING, {"secret": "another"}),
        (a_job(provider_operation="task-1", nonce="nonce-2"), {}),
        (None, {}),
        (None, {"name": "../jobs"}),
        (delete(WAITING, NOON), {}),
        (a_job_in("completed", deleted_at=NOON), {}),
    ],
)
async def test_what_is_forged_and_what_is_unknown_is_answered_alike(job: Job | None, given: dict[str, Any]) -> None:
    """So that nobody learns which jobs there are."""
    desk = Desk(job)
    with pytest.raises(Rejected) as refusal:
        await desk.called(**given)
    answered = refusal.value
    assert (answered.status, answered.code, answered.detail) == (
        404, "callback_not_found", "Nothing is waited for at this address."
    )  # fmt: skip
    assert desk.queue.ids == []


async def test_a_token_of_another_provider_is_forged() -> None:
    """Each has its own."""
    with pytest.raises(Rejected):
        await Desk().called(made=token(SECRET, "replicate", WAITING))


async def test_a_callback_that_cannot_be_passed_on_says_so() -> None:
    """The provider may call again."""
    desk = Desk()
    desk.queue.failures.refuse("announce", Unavailable("down", "Down."))
    with pytest.raises(Unavailable):
        await desk.called()


def test_a_deployment_that_relies_on_callbacks_needs_their_secret() -> None:
    """Named as the variable is called; where vendors are polled, there are simply no callbacks."""
    settings = Settings(callback_secret=SECRET, provider_polling=False)
    assert secret_of(settings) == SECRET
    with pytest.raises(MissingSetting, match="CALLBACK_SECRET"):
        secret_of(msgspec.structs.replace(settings, callback_secret=None))
    assert secret_of(Settings()) is None
