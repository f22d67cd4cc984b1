"""What a job would cost."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from shared.domain.errors import Rejected, Unavailable
from shared.domain.tenant import Tenant
from shared.use_cases.estimate import Estimate
from shared.use_cases.submit import Submit
from shared.use_cases.tenants import RecentTenants
from tests.builders import DEFAULTS, a_caller, a_request
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.job_queue import FakeJobQueue
from tests.fakes.job_store import FakeJobStore
from tests.fakes.tenant_store import FakeTenantStore


class Desk:
    """Submit with fakes around it."""

    def __init__(self, **defaults: Any) -> None:
        self.jobs, self.queue, self.tenants, clock = FakeJobStore(), FakeJobQueue(), FakeTenantStore(), FakeClock()
        tenants = RecentTenants(self.tenants, clock)
        self.submit = Submit(self.jobs, self.queue, tenants, clock, msgspec.structs.replace(DEFAULTS, **defaults))

    async def estimate(self, **asked: Any) -> Estimate:
        """What the request would come to."""
        return await self.submit.estimate(a_request(**asked), a_caller())


async def test_nothing_is_stored_nor_announced() -> None:
    """It is only a question."""
    desk = Desk()
    await desk.estimate()
    assert (desk.jobs.calls, desk.queue.ids) == ([], [])


async def test_it_is_by_the_tenant_s_own_settings() -> None:
    """As its job would be: this one signs its webhooks, though the deployment has no secret for all."""
    desk = Desk(webhooks=False)
    hook = {"url": "https://receiver.test"}
    with pytest.raises(Unavailable):
        await desk.estimate(webhook=hook)
    desk = Desk(webhooks=False)
    desk.tenants.has(Tenant(id="local", created_at=NOON, webhook_secrets=("whsec_x",)))
    assert (await desk.estimate(webhook=hook)).images == 1


async def test_it_is_what_the_job_would_be() -> None:
    """The same plan, by the same code."""
    desk = Desk()
    for asked in ({}, {"model": "ultra", "n": 3}, {"model": "gemini-3.1-flash-image", "image_size": "4K", "n": 2}):
        estimated = await desk.estimate(**asked)
        job, _ = await desk.submit(a_request(**asked), a_caller(idempotency_key=None))
        for field in ("model", "provider", "estimated_micros", "aspect_ratio", "model_requested"):
            assert getattr(estimated, field) == getattr(job, field)
        assert estimated.images == job.n
        assert estimated.per_image_micros == (job.estimated_micros or 0) // job.n


async def test_a_price_that_is_not_known_is_null_and_said() -> None:
    """Never 0."""
    estimated = await Desk().estimate(model="nanobanana")
    assert (estimated.estimated_micros, estimated.per_image_micros, estimated.currency) == (None, None, "USD")
    assert "The price of nanobanana at this size is not known." in estimated.notes


async def test_a_retired_model_is_its_successor() -> None:
    """At the successor's price."""
    estimated = await Desk().estimate(model="imagegeneration@006")
    assert (estimated.model_requested, estimated.model) == ("imagegeneration@006", "gemini-3.1-flash-image")
    assert (estimated.estimated_micros, estimated.image_size) == (67_000, "1K")
    assert estimated.notes == ("imagegeneration@006 was switched off on 2025-09-24: gemini-3.1-flash-image runs.",)


async def test_a_model_in_doubt_says_what_goes_on() -> None:
    """It is tried first."""
    notes = (await Desk().estimate(model="fast")).notes
    assert len(notes) == 1
    assert "is announced as switched off since 2026-06-30; where it is gone, gemini-3.1-flash-image goes on" in notes[0]


async def test_without_real_images_it_costs_nothing() -> None:
    """And says why."""
    estimated = await Desk(real_images=False).estimate(model="ultra")
    assert (estimated.model, estimated.estimated_micros) == ("placeholder", 0)
    assert estimated.notes == ("A placeholder is painted: no model is asked.",)


async def test_it_shows_what_the_model_would_be_told() -> None:
    """And what of a style is left out."""
    estimated = await Desk().estimate(style="noir", model="gemini-3-pro-image")
    assert estimated.prompt_used.startswith("a fox in the snow, film noir")
    assert estimated.prompt_changed_by == ("style:noir",)
    assert "knows no negative prompt" in estimated.notes[0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"model": "imagen-9"},
        {"style": "baroque"},
        {"model": "fast", "image_size": "4K"},
        {"shot_id": "t"},
        {"deadline": NOON - timedelta(minutes=1)},
    ],
)
async def test_what_would_be_refused_is_refused(wrong: dict[str, Any]) -> None:
    """In the same words."""
    desk = Desk()
    refusals = []
    for call in (desk.submit.estimate, desk.submit):
        with pytest.raises(Rejected) as refusal:
            await call(a_request(**wrong), a_caller())
        refusals.append((refusal.value.status, refusal.value.detail))
    assert refusals[0] == refusals[1]
    assert refusals[0][0] == 400


async def test_a_webhook_needs_a_deployment_that_signs() -> None:
    """503, as the job would get."""
    with pytest.raises(Unavailable, match="WEBHOOK_SECRETS"):
        await Desk().estimate(webhook={"url": "https://receiver.test/hook"})
