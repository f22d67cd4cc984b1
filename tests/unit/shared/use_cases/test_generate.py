"""A delivery: from a queued job to stored images, or to a failure that says why."""

import asyncio
from datetime import datetime, timedelta
from hashlib import sha256

import msgspec
import pytest

from shared.domain.errors import FailureType, ImageStoreError, ProviderError
from shared.domain.job import Job
from shared.ports import Checkpoint, Outcome
from tests.builders import JOB_ID, a_job_in, a_picture
from tests.fakes.clock import NOON
from tests.fakes.image_provider import PRICE
from tests.unit.shared.use_cases.workshop import RULES, Workshop, a_plain_job


async def test_a_job_becomes_stored_images() -> None:
    """Bytes, names, hashes, sizes and seeds are those of the pictures; each has its sidecar."""
    shop = Workshop(a_plain_job(n=2, seed=7))
    assert await shop.deliver() == "done"
    assert shop.job.status == "completed"
    for index, artifact in enumerate(shop.job.artifacts):
        data = a_picture(seed=7 + index).data
        digest = sha256(data).hexdigest()
        assert artifact.uri == f"gs://fake-bucket/tenants/local/jobs/{JOB_ID}/image_{JOB_ID}_{index}_{digest[:12]}.png"
        assert await shop.images.get(artifact.uri) == data
        assert (artifact.index, artifact.sha256, artifact.bytes) == (index, digest, len(data))
        assert (artifact.width, artifact.height, artifact.mime_type, artifact.seed) == (2, 3, "image/png", 7 + index)
        assert f"{artifact.uri.split('/', 3)[3]}.json" in shop.names()
    assert len(shop.names()) == 4


async def test_a_successful_job_takes_four_commits_after_its_creation() -> None:
    """Claim, call, upload, end: and no read but the first."""
    shop = Workshop(a_plain_job())
    await shop.deliver()
    assert shop.jobs.calls == ["get", "write", "write", "write", "write"]
    assert [job.status for job in shop.jobs.history] == [
        "queued", "processing", "generating", "uploading", "completed"
    ]  # fmt: skip


async def test_a_call_is_booked_before_it_is_made_and_paid_after() -> None:
    """The price is the provider's, not the estimate."""
    shop = Workshop(a_plain_job())
    shop.provider.then(Outcome(pictures=(a_picture(),), cost_micros=12_345))
    await shop.deliver()
    (booked,) = shop.provider.calls[0].spend
    assert (booked.estimated_micros, booked.actual_micros) == (PRICE, None)
    assert shop.job.actual_micros == 12_345


async def test_a_prompt_that_the_provider_changed_is_told() -> None:
    """What was drawn is said."""
    shop = Workshop(a_plain_job())
    shop.provider.then(Outcome(pictures=(a_picture(),), cost_micros=None, prompt_used="a red fox"))
    await shop.deliver()
    assert (shop.job.prompt_used, shop.job.actual_micros) == ("a red fox", None)


async def test_the_sidecar_says_what_the_image_is() -> None:
    """Model, seed, hash and cost, but the prompt only by its hash."""
    shop = Workshop(a_plain_job(seed=3, prompt="secret"))
    await shop.deliver()
    sidecar = next(found for name, found in shop.images.objects.items() if name.endswith(".json"))
    about = msgspec.json.decode(sidecar.data)
    assert (about["job_id"], about["seed"], about["cost_micros"]) == (JOB_ID, 3, PRICE)
    assert about["prompt_sha256"] == sha256(b"secret").hexdigest()
    assert b'"secret"' not in sidecar.data


@pytest.mark.parametrize("kind", ["PERMANENT", "AUTH_ERROR", "UNKNOWN"])
async def test_a_refusal_ends_the_job(kind: FailureType) -> None:
    """Its code, message and stage are the provider's."""
    shop = Workshop(a_plain_job())
    shop.provider.then(ProviderError(kind, "no", "No."))
    assert await shop.deliver() == "done"
    assert (shop.job.status, len(shop.provider.calls), shop.names()) == ("failed", 1, [])
    assert shop.job.failure is not None
    assert (shop.job.failure.type, shop.job.failure.code, shop.job.failure.stage) == (kind, "no", "generating")


async def test_a_short_wait_is_slept_off_and_tried_again() -> None:
    """One delivery, two attempts; the first call cost nothing."""
    shop = Workshop(a_plain_job())
    shop.provider.then(ProviderError("TEMPORARY", "busy", "Busy."))
    assert await shop.deliver() == "done"
    assert (shop.job.status, shop.job.attempt_count, shop.job.failure) == ("completed", 2, None)
    assert [spend.actual_micros for spend in shop.job.spend] == [0, PRICE]
    (slept,) = shop.clock.slept
    assert 3.75 <= slept <= 6.25


async def test_a_long_wait_is_left_to_sweep() -> None:
    """The worker is free for others meanwhile."""
    shop = Workshop(a_plain_job())
    shop.provider.then(ProviderError("RATE_LIMIT", "quota", "Wait.", retry_after=60))
    assert await shop.deliver() == "done"
    assert (shop.job.status, shop.clock.slept, shop.job.counted_attempts) == ("queued", [], 0)
    assert shop.job.wake_at == NOON + timedelta(seconds=60)


async def test_attempts_that_all_fail_end_the_job() -> None:
    """At the last of them, with its reason."""
    shop = Workshop(a_plain_job())
    shop.provider.then(*[ProviderError("TEMPORARY", "busy", "Busy.")] * 5)
    while not shop.job.is_over:
        await shop.deliver()
        shop.clock.move(600)
    assert (shop.job.status, len(shop.provider.calls)) == ("failed", RULES.max_attempts)
    assert shop.job.failure is not None
    assert shop.job.failure.code == "busy"


@pytest.mark.parametrize(("method", "attempts"), [("put", 0), ("list_objects", 1)])
async def test_a_bucket_that_does_not_answer_is_tried_again_with_the_same_images(method: str, attempts: int) -> None:
    """They are paid: none is made anew while the lease lasts."""
    shop = Workshop(a_plain_job(attempt_count=attempts))
    shop.images.failures.refuse(method, ImageStoreError("TEMPORARY", "store_unavailable", "Down."), times=3)
    await shop.deliver()
    assert shop.job.status == "completed"
    assert [spend.actual_micros for spend in shop.job.spend] == [PRICE]
    assert len(shop.names()) == 2


async def test_a_bucket_that_stays_away_costs_another_attempt_with_its_price() -> None:
    """When the lease ends; the first images were paid, the second ones are too."""
    shop = Workshop(a_plain_job())
    shop.images.failures.refuse("put", ImageStoreError("TEMPORARY", "store_unavailable", "Down."), times=14)
    while not shop.job.is_over:
        await shop.deliver()
        shop.clock.move(600)
    assert shop.job.status == "completed"
    assert [spend.actual_micros for spend in shop.job.spend] == [PRICE, PRICE]


async def test_a_finished_operation_s_images_are_fetched_again_and_not_paid_again() -> None:
    """The bucket stayed away for a whole lease: the next attempt finds the operation where it was."""
    shop = Workshop(a_plain_job())

    async def submitted(job: Job, _: datetime, checkpoint: Checkpoint) -> Outcome:
        if job.provider_operation is None:
            await checkpoint.submitted("operation-1")
        return Outcome(pictures=(a_picture(),), cost_micros=PRICE)

    shop.provider.then(*[submitted] * 2)
    shop.images.failures.refuse("put", ImageStoreError("TEMPORARY", "store_unavailable", "Down."), times=14)
    while not shop.job.is_over:
        await shop.deliver()
        shop.clock.move(600)
    assert [call.provider_operation for call in shop.provider.calls] == [None, "operation-1"]
    assert [spend.actual_micros for spend in shop.job.spend] == [PRICE]
    assert (shop.job.status, shop.job.provider_operation) == ("completed", None)


async def test_a_forbidden_bucket_fails_while_uploading() -> None:
    """The stage says where."""
    shop = Workshop(a_plain_job())
    shop.images.failures.refuse("put", ImageStoreError("AUTH_ERROR", "store_forbidden", "No."))
    await shop.deliver()
    assert shop.job.failure is not None
    assert (shop.job.status, shop.job.failure.stage) == ("failed", "uploading")


async def test_an_unexpected_error_of_a_provider_is_unknown_and_not_repeated() -> None:
    """A defect may have cost money: nobody knows."""
    shop = Workshop(a_plain_job())
    shop.provider.then(KeyError("surprise"))
    await shop.deliver()
    assert shop.job.failure is not None
    assert (shop.job.failure.type, shop.job.failure.code) == ("UNKNOWN", "unexpected_error")
    assert shop.job.actual_micros is None


async def test_a_call_that_outlasts_the_lease_is_given_up_before_its_end() -> None:
    """Whether it was billed is unknown."""
    shop = Workshop(a_plain_job())
    shop.jobs.failures.meanwhile("write", lambda: None)
    shop.jobs.failures.meanwhile("write", lambda: shop.clock.move(170))
    shop.provider.then(_never)
    await shop.deliver()
    assert shop.job.failure is not None
    assert (shop.job.failure.code, shop.job.failure.billed) == ("model_timeout", "unknown")
    assert shop.job.spend[0].actual_micros is None


async def test_a_provider_ends_by_itself_before_it_is_broken_off() -> None:
    """So that the images that have come are not lost, and paid again, for one that has not."""
    shop = Workshop(a_plain_job())
    deadlines: list[datetime] = []

    async def note(_: Job, deadline: datetime, __: Checkpoint) -> Outcome:
        deadlines.append(deadline)
        return Outcome(pictures=(a_picture(),), cost_micros=PRICE)

    shop.provider.then(note)
    await shop.deliver()
    assert deadlines == [NOON + timedelta(seconds=170 - 2)]


async def test_a_call_paid_again_is_booked_each_time() -> None:
    """The provider's own retries show in the job's spending."""
    shop = Workshop(a_plain_job())

    async def twice(job: Job, _: datetime, checkpoint: Checkpoint) -> Outcome:
        await checkpoint.paying_again(ProviderError("TEMPORARY", "busy", "Busy."), PRICE)
        assert [spend.actual_micros for spend in shop.job.spend] == [0, None]
        return Outcome(pictures=(a_picture(),), cost_micros=PRICE * job.n)

    shop.provider.then(twice)
    await shop.deliver()
    assert [spend.actual_micros for spend in shop.job.spend] == [0, PRICE]


async def test_jobs_beyond_the_places_wait_for_one() -> None:
    """A worker at its limit claims nothing that it cannot begin."""
    shop = Workshop(places=1)
    other = "b" * 26
    for job_id in (JOB_ID, other):
        shop.jobs.has(a_plain_job(id=job_id))
    began, go = asyncio.Event(), asyncio.Event()

    async def slow(*_: object) -> Outcome:
        began.set()
        await go.wait()
        return Outcome(pictures=(a_picture(),), cost_micros=0)

    shop.provider.then(slow)
    first = asyncio.ensure_future(shop.deliver())
    await began.wait()
    second = asyncio.ensure_future(shop.deliver(other))
    for _ in range(20):
        await asyncio.sleep(0)
    assert shop.jobs.job(other).status == "queued"
    go.set()
    await asyncio.gather(first, second)
    assert shop.jobs.job(other).status == "completed"


async def test_an_instance_that_goes_gives_its_claims_back() -> None:
    """Uncounted, due at once, and announced for another instance."""
    shop = Workshop(a_plain_job())
    began = asyncio.Event()

    async def slow(*_: object) -> Outcome:
        began.set()
        return await _never()

    shop.provider.then(slow)
    work = asyncio.ensure_future(shop.deliver())
    await began.wait()
    await shop.generate.stop()
    assert await work == "done"
    assert (shop.job.status, shop.job.counted_attempts) == ("queued", 0)
    assert shop.queue.ids == [JOB_ID]
    assert await shop.instance()(JOB_ID) == "done"
    assert shop.job.status == "completed"


async def test_an_instance_that_goes_begins_nothing_more() -> None:
    """A delivery that still waits for a place, or for its next attempt, is another instance's: no call is paid here."""
    other = "b" * 26
    shop = Workshop(a_plain_job(), places=1)
    shop.jobs.has(a_plain_job(id=other))
    began = asyncio.Event()

    async def slow(*_: object) -> Outcome:
        began.set()
        return await _never()

    shop.provider.then(slow)
    work = asyncio.ensure_future(shop.deliver())
    await began.wait()
    waits = asyncio.ensure_future(shop.deliver(other))
    await shop.generate.stop()
    await asyncio.gather(work, waits)
    assert [job.status for job in (shop.job, shop.jobs.job(other))] == ["queued", "queued"]
    assert (len(shop.provider.calls), shop.jobs.job(other).spend) == (1, ())
    assert sorted(shop.queue.ids) == [JOB_ID, other]


@pytest.mark.parametrize(
    "job", [a_job_in("processing"), a_job_in("completed"), a_plain_job(next_attempt_at=NOON + timedelta(seconds=1))]
)
async def test_a_delivery_that_finds_nothing_to_do_does_nothing(job: Job) -> None:
    """Held, ended or early: it is acknowledged."""
    shop = Workshop(job)
    assert await shop.deliver() == "not_claimed"
    assert (shop.provider.calls, shop.job) == ([], job)


async def _never(*_: object) -> Outcome:
    await asyncio.Event().wait()
    raise AssertionError("this never ends")
