"""A request becomes a recorded, announced job."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from shared.domain.errors import Rejected, Unavailable
from shared.domain.job import Job
from shared.domain.request import JobRequest, Webhook, fingerprint
from shared.domain.tenant import Tenant
from shared.idempotency import job_id
from shared.use_cases.submit import Submit
from shared.use_cases.tenants import RecentTenants
from tests.builders import DEFAULTS, a_caller, a_request
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.job_queue import FakeJobQueue
from tests.fakes.job_store import FakeJobStore
from tests.fakes.tenant_store import FakeTenantStore

SOON, LATE = NOON + timedelta(minutes=1), NOON + timedelta(hours=1)


class Desk:
    """Submit with fakes around it."""

    def __init__(self, **defaults: Any) -> None:
        self.jobs, self.queue, self.clock = FakeJobStore(), FakeJobQueue(), FakeClock()
        self.tenants = FakeTenantStore()
        tenants = RecentTenants(self.tenants, self.clock)
        self.submit = Submit(self.jobs, self.queue, tenants, self.clock, msgspec.structs.replace(DEFAULTS, **defaults))

    async def take(self, request: JobRequest | None = None, **caller: Any) -> Job:
        """The job of a request."""
        job, _ = await self.submit(request or a_request(), a_caller(**caller))
        return job


async def test_a_job_is_recorded_and_then_announced() -> None:
    """Two calls: nothing is announced that is not there."""
    desk = Desk()
    job, replayed = await desk.submit(a_request(), a_caller())
    assert (desk.jobs.calls, desk.queue.ids, replayed) == (["create"], [job.id], False)
    assert desk.jobs.job(job.id) == job
    assert job.id == job_id("local", "job", "key-1")
    assert (job.status, job.status_sequence, job.wake_at) == ("queued", 1, NOON + timedelta(minutes=2))
    assert [moment.status for moment in job.timeline] == ["queued"]


async def test_a_request_without_wishes_gets_the_defaults() -> None:
    """Model, ratio, watermark and price are this deployment's."""
    job = await Desk().take()
    assert (job.model, job.model_requested, job.provider) == ("imagen-4.0-generate-001", None, "imagen")
    assert (job.aspect_ratio, job.watermark, job.estimated_micros) == ("1:1", True, 40_000)


async def test_a_tenants_own_defaults_go_before_the_deployments() -> None:
    """Whether pictures are used again, and how long they are kept; a request's own wish goes before both."""
    desk = Desk(retention_seconds=1)
    desk.tenants.has(Tenant(id="local", created_at=NOON, cache="off", retention_days=0.5))
    job = await desk.take()
    assert (job.cache, job.retention_seconds) == ("off", 43_200)
    wished = await desk.take(a_request(cache="reuse"), idempotency_key="key-2")
    assert wished.cache == "reuse"
    other = await desk.take(tenant="other")
    assert (other.cache, other.retention_seconds) == ("reuse", 1)


async def test_a_job_that_names_no_webhook_tells_its_tenants() -> None:
    """Signed by the deployment's secrets, or by the tenant's own; with neither, nothing is taken."""
    hook, own = Webhook(url="https://acme.test/hook", events=("job.failed",)), Webhook(url="https://r.test/own")
    for desk, secrets in ((Desk(webhooks=True), ()), (Desk(), ("whsec_x",))):
        desk.tenants.has(Tenant(id="local", created_at=NOON, webhook=hook, webhook_secrets=secrets))
        assert (await desk.take()).webhook == hook
        assert (await desk.take(a_request(webhook={"url": own.url}), idempotency_key="key-2")).webhook == own
        assert (await desk.take(tenant="other")).webhook is None
    unsigned = Desk()
    unsigned.tenants.has(Tenant(id="local", created_at=NOON, webhook=hook))
    with pytest.raises(Unavailable, match="WEBHOOK_SECRETS"):
        await unsigned.take()


async def test_a_request_with_wishes_gets_them() -> None:
    """Every field of the request and of the headers is in the job."""
    asked = {
        "prompt": "x", "negative_prompt": "y", "aspect_ratio": "16:9", "n": 3, "seed": 7, "mime_type": "image/jpeg",
        "project_id": "p", "branch_id": "b", "scene_id": "s", "shot_id": "t", "job_type": "start_frame",
        "labels": {"a": "b"}, "priority": "batch", "cache": "off", "watermark": False,
    }  # fmt: skip
    headers = {"workflow_id": "w", "user_id": "u", "idempotency_key": "k", "tenant": "t"}
    job = await Desk().take(a_request(**asked, model="ultra"), **headers, traceparent="00-x")
    for name, value in (asked | headers).items():
        assert getattr(job, name) == value
    assert (job.model_requested, job.model, job.estimated_micros) == ("ultra", "imagen-4.0-ultra-generate-001", 180_000)
    assert job.trace == "00-x"


async def test_a_seed_switches_the_default_watermark_off() -> None:
    """Imagen takes only one of the two; a wish is kept."""
    assert not (await Desk().take(a_request(seed=1))).watermark
    assert (await Desk(watermark=False).take(a_request(watermark=True))).watermark


async def test_without_real_images_every_job_is_painted() -> None:
    """And goes on with no other; the models asked for are checked all the same."""
    desk = Desk(real_images=False)
    job = await desk.take(a_request(model="fast", fallback=["ultra"]))
    assert (job.provider, job.model, job.model_requested, job.estimated_micros, job.fallback) == (
        "placeholder", "placeholder", "fast", 0, ()
    )  # fmt: skip
    with pytest.raises(Rejected):
        await desk.take(a_request(model="unknown"), idempotency_key="k2")


async def test_a_replay_gives_the_same_job_and_announces_it_again() -> None:
    """While it is queued: its first announcement may have been lost."""
    desk = Desk()
    first = await desk.take()
    again, replayed = await desk.submit(a_request(), a_caller())
    assert (again, replayed, desk.queue.ids) == (first, True, [first.id, first.id])


async def test_a_replay_of_a_job_at_work_announces_nothing() -> None:
    """Nobody needs to be told."""
    desk = Desk()
    first = await desk.take()
    desk.jobs.change(first.id, lambda job: msgspec.structs.replace(job, status="completed"))
    again, replayed = await desk.submit(a_request(), a_caller())
    assert (again.status, replayed, len(desk.queue.ids)) == ("completed", True, 1)


async def test_a_replay_after_the_deadline_gives_the_job_of_its_key() -> None:
    """The request was taken in time; that its answer was lost does not make it late."""
    desk = Desk()
    request = a_request(deadline=SOON.isoformat())
    first = await desk.take(request)
    desk.clock.move(120)
    again, replayed = await desk.submit(request, a_caller())
    assert (again.id, replayed) == (first.id, True)


@pytest.mark.parametrize("gone", [{"model": "withdrawn"}, {"style": "withdrawn"}])
async def test_a_replay_gives_the_job_of_what_is_no_longer_offered(gone: dict[str, Any]) -> None:
    """A deployment since then has dropped the model or the style; another request under the key is refused for it."""
    desk = Desk()
    first = await desk.take()
    request = a_request(**gone)
    desk.jobs.change(first.id, lambda job: msgspec.structs.replace(job, fingerprint=fingerprint(request)))
    again, replayed = await desk.submit(request, a_caller())
    assert (again.id, replayed, desk.queue.ids) == (first.id, True, [first.id, first.id])
    for caller in (a_caller(idempotency_key="another"), a_caller(idempotency_key=None)):
        with pytest.raises(Rejected, match="withdrawn"):
            await desk.submit(request, caller)
    desk.jobs.change(first.id, lambda job: msgspec.structs.replace(job, deleted_at=NOON))
    with pytest.raises(Rejected) as refusal:
        await desk.submit(request, a_caller())
    assert (refusal.value.status, refusal.value.code) == (410, "job_deleted")


async def test_another_request_under_the_key_is_refused() -> None:
    """And the stored job stays as it is."""
    desk = Desk()
    first = await desk.take()
    with pytest.raises(Rejected) as refusal:
        await desk.take(a_request(n=2))
    assert (refusal.value.status, desk.jobs.job(first.id)) == (422, first)


@pytest.mark.parametrize(
    ("fields", "code", "pointer"),
    [
        ({"branch_id": "b"}, "invalid_request", "/branch_id"),
        ({"deadline": NOON.isoformat()}, "invalid_request", "/deadline"),
        ({"model": "unknown"}, "unknown_model", "/model"),
        ({"image_size": "4K"}, "unsupported_by_model", "/image_size"),
        ({"aspect_ratio": "21:9"}, "unsupported_by_model", "/aspect_ratio"),
        ({"job_type": "upscale"}, "unsupported_by_model", "/job_type"),
    ],
)
async def test_a_rejected_request_uses_no_key_up(fields: dict[str, Any], code: str, pointer: str) -> None:
    """Nothing is written, and the key may be used for a better one."""
    desk = Desk()
    with pytest.raises(Rejected) as refusal:
        await desk.take(a_request(**fields))
    assert (refusal.value.status, refusal.value.code, refusal.value.errors[0][0]) == (400, code, pointer)
    assert "create" not in desk.jobs.calls
    assert (await desk.take()).status == "queued"


async def test_a_job_that_cannot_be_announced_is_taken() -> None:
    """`sweep` will see to it."""
    desk = Desk()
    desk.queue.failures.refuse("announce", Unavailable("down", "Down."))
    job = await desk.take()
    assert desk.jobs.job(job.id) == job
    assert desk.queue.ids == []


async def test_a_job_for_later_is_announced_when_its_time_comes() -> None:
    """`sweep` wakes it then."""
    desk = Desk()
    job = await desk.take(a_request(not_before=LATE.isoformat()))
    assert (desk.queue.ids, job.wake_at) == ([], LATE)


async def test_times_are_kept_in_utc() -> None:
    """Whatever the offset they were written with: a reader sees the same text from the first answer on."""
    asked = a_request(not_before="2026-11-21T14:30:00+02:00", deadline="2026-11-21T18:00:00+05:00")
    job = await Desk().take(asked)
    assert [str(time) for time in (job.not_before, job.deadline)] == [
        "2026-11-21 12:30:00+00:00", "2026-11-21 13:00:00+00:00"
    ]  # fmt: skip


async def test_a_database_that_does_not_answer_is_said() -> None:
    """503: nothing is announced that is not recorded."""
    desk = Desk()
    desk.jobs.failures.refuse("create", Unavailable("down", "Down."))
    with pytest.raises(Unavailable):
        await desk.take()
    assert desk.queue.ids == []
