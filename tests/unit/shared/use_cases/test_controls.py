"""Pause and resume: who may, what becomes of the jobs, and what goes wrong meanwhile."""

from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.caller import SCOPES, Identity
from shared.domain.control import Kind, paused
from shared.domain.errors import ProviderError, Rejected, Unavailable
from shared.domain.tenant import Tenant
from shared.ports import Outcome
from shared.use_cases import resume
from shared.use_cases.controls import Controls
from shared.use_cases.list_controls import ListControls, Operator
from shared.use_cases.resume import Resume
from tests.builders import JOB_ID, a_job, a_lease, a_picture
from tests.fakes.clock import NOON
from tests.fakes.tenant_store import FakeTenantStore
from tests.unit.shared.use_cases.workshop import Workshop, a_plain_job

OPERATOR = Identity(tenant="ops", scopes=SCOPES, key_id="k")
ACME = Identity(tenant="acme", scopes=SCOPES, key_id="k")
DOWN = Unavailable("down", "Down.")


class Room:
    """`Controls` on a workshop's stores, with two tenants."""

    def __init__(self, job: Any = None, *, open_to_all: bool = False) -> None:
        self.shop = Workshop(job)
        self.tenants = FakeTenantStore()
        for name in ("acme", "other"):
            self.tenants.has(Tenant(id=name, created_at=NOON))
        self.store = self.shop.controls
        operator = Operator("ops", everybody=open_to_all)
        self.controls = Controls(self.store, self.tenants, self.shop.clock, operator)
        self.list = ListControls(self.store, operator)
        self.go_on = Resume(self.store, self.shop.jobs, self.shop.queue, self.shop.clock)

    async def pause(self, kind: str = "lane", name: str = "interactive", by: Identity = OPERATOR) -> None:
        """Pause it."""
        assert (await self.controls.pause(by, kind, name)).paused

    async def resume(self, kind: str = "lane", name: str = "interactive", by: Identity = OPERATOR) -> bool:
        """Resume it; True: nothing is left to do."""
        return await self.controls.resume(by, kind, name, self.go_on) is None


async def test_a_paused_job_stays_queued_and_is_told_at_once_when_it_may_go_on() -> None:
    """The delivery is acknowledged; no attempt is counted, nothing is written."""
    room = Room(a_plain_job())
    await room.pause()
    assert await room.shop.deliver() == "not_claimed"
    assert (room.shop.job.status, room.shop.job.attempt_count, len(room.shop.jobs.history)) == ("queued", 0, 1)
    assert await room.resume()
    assert room.shop.queue.ids == [JOB_ID]
    assert await room.shop.deliver() == "done"
    assert (room.shop.job.status, room.store.ids) == ("completed", {})


@pytest.mark.parametrize(("kind", "name"), [("lane", "batch"), ("provider", "gemini"), ("tenant", "acme")])
async def test_what_is_not_paused_goes_on(kind: str, name: str) -> None:
    """Another lane, provider or tenant."""
    room = Room(a_plain_job())
    await room.pause(kind, name)
    assert await room.shop.deliver() == "done"


async def test_a_pause_of_days_leaves_a_job_its_patience() -> None:
    """A rate limit is waited for: a day from the first attempt on."""
    room = Room(a_plain_job())
    await room.pause()
    room.shop.clock.move(3 * 86_400)
    await room.resume()
    for _ in range(2):
        room.shop.provider.then(ProviderError("RATE_LIMIT", "model_rate_limit", "Wait."))
        await room.shop.deliver()
        assert room.shop.job.status == "queued"
        room.shop.clock.move(600)
    room.shop.clock.move(86_400)
    room.shop.provider.then(ProviderError("RATE_LIMIT", "model_rate_limit", "Wait."))
    await room.shop.deliver()
    assert room.shop.job.status == "failed"


async def test_what_is_under_way_is_not_interrupted() -> None:
    """A pause keeps jobs from being begun."""
    room = Room(a_plain_job())

    async def paused_meanwhile(*_: object) -> Outcome:
        await room.pause()
        return Outcome(pictures=(a_picture(),), cost_micros=0)

    room.shop.provider.then(paused_meanwhile)
    await room.shop.deliver()
    assert room.shop.job.status == "completed"


async def test_a_late_or_canceled_job_ends_though_it_is_paused() -> None:
    """Nothing is begun for that."""
    room = Room(a_plain_job(deadline=NOON))
    await room.pause()
    assert await room.shop.swept() == {"announced": 1}
    await room.shop.deliver()
    assert room.shop.job.failure is not None
    assert room.shop.job.failure.code == "deadline_exceeded"


async def test_a_sweep_neither_announces_what_is_paused_nor_forgets_it() -> None:
    """It looks again, at the doubling waits, and at the deadline; sooner at what resuming does not find."""
    deadline = NOON + timedelta(hours=9)
    room = Room(a_plain_job(deadline=deadline))
    await room.pause()
    waits = []
    for _ in range(9):
        assert await room.shop.swept() == {"paused": 1}
        wake_at = room.shop.job.wake_at
        assert wake_at is not None
        waits.append((wake_at - room.shop.clock.now()).total_seconds() / 60)
        room.shop.clock.move((wake_at - room.shop.clock.now()).total_seconds())
    assert waits == [2, 2, 4, 8, 16, 32, 60, 60, 60]
    assert room.shop.queue.announced == []
    dead = a_job(status="generating", lease=a_lease(), wake_at=NOON, attempt_count=1)
    room.shop.jobs.has(dead)
    await room.shop.swept()
    assert room.shop.job.wake_at == room.shop.clock.now() + timedelta(minutes=2)


async def test_both_are_idempotent() -> None:
    """A pause keeps its beginning; what is not paused can be resumed."""
    room = Room()
    first = await room.controls.pause(OPERATOR, "lane", "batch")
    room.shop.clock.move(60)
    assert await room.controls.pause(OPERATOR, "lane", "batch") == first
    assert await room.resume("lane", "batch")
    assert await room.resume("lane", "batch")


@pytest.mark.parametrize("method", ["create", "write", "remove"])
async def test_a_lost_answer_is_harmless(method: str) -> None:
    """What is there says what is left to do; `sweep` does it where nobody else will."""
    room = Room(a_plain_job())
    room.store.lose_answer(method)
    await room.pause()
    await room.resume()
    await room.shop.swept()
    assert room.store.ids == {}
    assert room.shop.queue.ids[0] == JOB_ID


async def test_more_than_a_page_is_told_in_their_order() -> None:
    """Those queued at the same moment too; those whose time has not come are not."""
    room = Room()
    jobs = [a_job(id=f"{n:026}", queued_at=NOON + timedelta(seconds=n // 9)) for n in range(2 * resume.PAGE + 1)]
    for job in reversed(jobs):
        room.shop.jobs.has(job)
    room.shop.jobs.has(a_job(id="z" * 26, not_before=NOON + timedelta(hours=1)))
    await room.pause()
    assert await room.resume()
    assert room.shop.queue.ids == [job.id for job in jobs]


async def test_a_broker_that_is_down_leaves_the_rest_to_sweep() -> None:
    """It is resumed all the same, and a repeat goes on too."""
    room = Room(a_plain_job(wake_at=None))
    await room.pause()
    room.shop.queue.failures.refuse("announce_all", DOWN, times=2)
    assert not await room.resume()
    assert not await room.resume()
    assert room.store.ids == {"lane_interactive": False}
    await room.shop.swept()
    assert (room.shop.queue.ids, room.store.ids) == ([JOB_ID], {})


async def test_a_pause_while_the_jobs_are_told_wins() -> None:
    """Who tells them stops; the jobs wait."""
    room = Room(a_plain_job())
    await room.pause()
    again = paused("lane", "interactive", NOON, "write-9")

    def pause_again() -> None:
        room.store.has(again)

    room.store.failures.meanwhile("remove", pause_again)
    assert not await room.resume()
    assert room.store.ids == {"lane_interactive": True}
    assert await room.shop.deliver() == "not_claimed"


async def test_a_sweep_does_its_work_though_controls_cannot_be_read() -> None:
    """But begins nothing that may be paused."""
    room = Room(a_job(status="canceled", completed_at=NOON, attempt_count=1, wake_at=NOON))
    room.store.failures.refuse("all", DOWN)
    assert await room.shop.swept() == {"cleaned": 1}


@pytest.mark.parametrize(
    ("kind", "name", "status"),
    [
        ("tenant", "acme", 200),
        ("tenant", "other", 404),
        ("tenant", "nobody", 404),
        ("lane", "batch", 403),
        ("provider", "imagen", 403),
        ("lane", "fast", 404),
        ("provider", "a/b", 404),
        ("planet", "mars", 404),
    ],
)
async def test_a_tenant_pauses_itself_alone(kind: str, name: str, status: int) -> None:
    """Whether another tenant is there is not told; lanes and providers are the operator's."""
    room = Room()
    for act in (room.pause, room.resume):
        with nullcontext() if status == 200 else pytest.raises(Rejected) as refusal:
            await act(kind, name, ACME)
        assert refusal is None or refusal.value.status == status
    assert {("lane", "batch"), ("tenant", "acme")}.issubset(await _names(room, ACME))


async def test_the_operator_sees_every_pause_and_a_tenant_its_own() -> None:
    """As does everybody where there are no locks."""
    room = Room()
    await room.pause("tenant", "other")
    assert ("tenant", "other") in await _names(room, OPERATOR)
    assert ("tenant", "other") not in await _names(room, ACME)
    with pytest.raises(Rejected):
        await room.pause("tenant", "nobody")
    await Room(open_to_all=True).pause("provider", "imagen", ACME)


async def _names(room: Room, identity: Identity) -> set[tuple[Kind, str]]:
    return {(kind, name) for kind, name, _ in await room.list(identity)}
