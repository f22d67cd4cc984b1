"""A job whose model fails goes on with another, where that may help and is allowed."""

import asyncio
import logging
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.commands import retry
from shared.domain.control import paused
from shared.domain.errors import ProviderError
from shared.domain.inputs import Reference, Source
from shared.domain.job import Wording
from shared.domain.render import render_id
from shared.domain.request import ProviderOptions
from shared.ports import Checkpoint, Outcome
from shared.use_cases.routing import Gone, Route
from tests.builders import JOB_ID, a_job, a_picture
from tests.fakes.clock import NOON, FakeClock
from tests.fakes.image_provider import PRICE
from tests.unit.shared.use_cases.workshop import Workshop, a_plain_job

IMAGEN, ULTRA, GEMINI = "imagen-4.0-generate-001", "imagen-4.0-ultra-generate-001", "gemini-3.1-flash-image"
REPLICATE, NANOBANANA = "google/imagen-4", "nanobanana"
DOWN = ProviderError("TEMPORARY", "model_unavailable", "Down.", billed="unknown")
OPEN = ProviderError("TEMPORARY", "circuit_open", "Open.", retry_after=20, counts=False)
GONE = ProviderError("PERMANENT", "model_not_found", "Vertex AI: 404")
FREE = Outcome(pictures=(a_picture(),), cost_micros=0)
HELPS = (
    DOWN,
    OPEN,
    GONE,
    ProviderError("RATE_LIMIT", "model_rate_limit", "Wait."),
    ProviderError("AUTH_ERROR", "model_forbidden", "No."),
    ProviderError("PERMANENT", "provider_credits_exhausted", "Pay."),
)
ENDS = (
    ProviderError("PERMANENT", "safety_blocked", "No."),
    ProviderError("PERMANENT", "model_refused_request", "No."),
    ProviderError("UNKNOWN", "provider_task_failed", "?", billed="unknown"),
)


def models(shop: Workshop) -> list[str]:
    """Of the calls, in order."""
    return [call.model for call in shop.provider.calls]


async def test_no_job_turns_to_a_provider_that_is_paused() -> None:
    """It goes on with the one after it."""
    shop = Workshop(a_plain_job(provider="replicate", model=REPLICATE, fallback=(NANOBANANA, ULTRA)))
    shop.controls.has(paused("provider", "nanobanana", NOON, "write-1"))
    shop.provider.then(DOWN)
    await shop.deliver()
    assert models(shop) == [REPLICATE, ULTRA]


@pytest.mark.parametrize("error", HELPS, ids=lambda error: error.code)
async def test_another_model_goes_on_where_the_first_one_fails(error: ProviderError) -> None:
    """Within the same attempt; the timeline says why, and the job which model made its images."""
    shop = Workshop(a_plain_job(provider="replicate", model=REPLICATE, fallback=(NANOBANANA,)))
    shop.provider.then(error)
    await shop.deliver()
    assert models(shop) == [REPLICATE, NANOBANANA]
    assert (shop.job.status, shop.job.provider, shop.job.model) == ("completed", "nanobanana", NANOBANANA)
    assert (shop.job.attempt_count, shop.job.failure, shop.job.placeholder) == (1, None, False)
    note = f"{REPLICATE}: {error.code}; goes on with {NANOBANANA}"
    assert [moment.note for moment in shop.job.timeline if moment.note] == [note]


@pytest.mark.parametrize("error", ENDS, ids=lambda error: error.code)
async def test_what_another_model_is_not_to_decide_ends_the_job(error: ProviderError) -> None:
    """A refusal is not shopped around; what may be paid is not paid again."""
    shop = Workshop(a_plain_job(fallback=(NANOBANANA,), allow_placeholder=True))
    shop.provider.then(error)
    await shop.deliver()
    assert (shop.job.status, models(shop)) == ("failed", [IMAGEN])


@pytest.mark.parametrize("code", ["provider_not_configured", "model_no_credentials"])
async def test_a_provider_without_its_settings_is_passed_over(code: str) -> None:
    """Nothing was called, so nothing is booked."""
    shop = Workshop(a_plain_job(provider="replicate", model=REPLICATE, fallback=(IMAGEN,)))
    shop.not_configured["replicate"] = code
    await shop.deliver()
    assert (shop.job.status, models(shop), len(shop.job.spend)) == ("completed", [IMAGEN], 1)


async def test_a_model_that_a_deployment_has_dropped_since_is_told() -> None:
    """It is no defect of ours; a fallback that was dropped is passed over."""
    shop = Workshop(a_plain_job(model="withdrawn"))
    await shop.deliver()
    assert shop.job.failure
    assert (shop.job.failure.code, shop.job.failure.billed, shop.provider.calls) == ("model_not_found", "no", [])
    assert "withdrawn is not offered here any more" in shop.job.failure.message
    shop = Workshop(a_plain_job(fallback=("withdrawn", NANOBANANA)))
    shop.provider.then(DOWN)
    await shop.deliver()
    assert (shop.job.status, models(shop)) == ("completed", [IMAGEN, NANOBANANA])


async def test_a_placeholder_is_the_last_resort_where_it_is_allowed() -> None:
    """It is marked and costs nothing; what the failed calls may cost stays booked."""
    shop = Workshop(a_plain_job(fallback=(NANOBANANA,), allow_placeholder=True))
    shop.provider.then(DOWN, OPEN, FREE)
    await shop.deliver()
    job = shop.job
    assert models(shop) == [IMAGEN, NANOBANANA, "placeholder"]
    assert (job.status, job.placeholder, job.model) == ("completed", True, "placeholder")
    assert [spend.actual_micros for spend in job.spend] == [None, 0, 0]
    assert shop.jobs.ledger[-1].job_id == JOB_ID


async def test_a_copied_placeholder_is_marked_too() -> None:
    """Its pixels had been made before."""
    other = "b" * 26
    shop = Workshop(a_job(provider="placeholder", model="placeholder"))
    shop.jobs.has(a_job(id=other, provider="placeholder", model="placeholder"))
    await shop.deliver()
    await shop.deliver(other)
    assert (shop.jobs.job(other).cached, shop.jobs.job(other).placeholder) == (True, True)


async def test_no_placeholder_where_it_is_not_allowed() -> None:
    """The job waits for its model."""
    shop = Workshop(a_plain_job())
    shop.provider.then(OPEN)
    await shop.deliver()
    assert (shop.job.status, models(shop)) == ("queued", [IMAGEN])


async def test_a_job_meeting_an_open_circuit_is_given_back_without_counting() -> None:
    """No call was made: it cost nothing. It waits for as long as the circuit does."""
    shop = Workshop(a_plain_job())
    shop.provider.then(OPEN)
    await shop.deliver()
    job = shop.job
    assert (job.status, job.counted_attempts, job.actual_micros) == ("queued", 0, 0)
    assert (job.next_attempt_at, job.wake_at) == (NOON + timedelta(seconds=20),) * 2
    assert shop.clock.slept == []  # a delivery is not kept open for it: all of its model's jobs would be
    shop.clock.move(20)
    assert await shop.swept() == {"announced": 1}
    await shop.deliver()
    assert shop.job.status == "completed"


async def test_the_next_attempt_begins_with_the_first_model_again() -> None:
    """All of them failed; meanwhile the first one is back."""
    shop = Workshop(a_plain_job(fallback=(NANOBANANA,)))
    shop.provider.then(DOWN, DOWN)
    await shop.deliver()
    assert models(shop) == [IMAGEN, NANOBANANA, IMAGEN]
    assert (shop.job.status, shop.job.provider, shop.job.model) == ("completed", "imagen", IMAGEN)
    assert (shop.job.attempt_count, shop.job.first_model) == (2, None)
    assert [spend.actual_micros for spend in shop.job.spend] == [None, None, PRICE]


async def test_an_operation_under_way_is_not_left() -> None:
    """Another attempt polls on, and does not begin with the first model."""
    shop = Workshop(a_plain_job(fallback=(NANOBANANA,), allow_placeholder=True))

    async def submitted(_: object, __: object, checkpoint: Checkpoint) -> Outcome:
        await checkpoint.submitted("task-1")
        raise ProviderError("TEMPORARY", "model_timeout", "Slow.", billed="unknown", keeps_operation=True)

    shop.provider.then(DOWN, submitted)
    await shop.deliver()
    assert models(shop) == [IMAGEN, NANOBANANA, NANOBANANA]
    assert (shop.job.status, shop.provider.calls[-1].provider_operation) == ("completed", "task-1")


async def test_an_operation_that_is_lost_leaves_the_models_after_it() -> None:
    """Those before it had their turn."""
    shop = Workshop(
        a_plain_job(
            provider="nanobanana", model=NANOBANANA, first_provider="imagen", first_model=IMAGEN,
            fallback=(NANOBANANA, REPLICATE), provider_operation="task-1",
        )
    )  # fmt: skip
    shop.provider.then(ProviderError("TEMPORARY", "operation_unknown", "?", billed="unknown"))
    await shop.deliver()
    assert models(shop) == [NANOBANANA, REPLICATE]


@pytest.mark.parametrize("last", [GONE, ProviderError("AUTH_ERROR", "model_forbidden", "No.")])
async def test_a_fallback_that_can_never_do_it_takes_no_attempt_away(last: ProviderError) -> None:
    """The first model's failure may pass: the job is tried again, as it would be without the fallback."""
    shop = Workshop(a_plain_job(fallback=(NANOBANANA,)))
    shop.provider.then(DOWN, last)
    await shop.deliver()
    assert (shop.job.status, models(shop)) == ("completed", [IMAGEN, NANOBANANA, IMAGEN])
    assert [spend.actual_micros for spend in shop.job.spend] == [None, 0, PRICE]


async def test_attempts_that_pay_count_even_where_a_circuit_is_open() -> None:
    """Else a job would pay for the other model all day."""
    shop = Workshop(a_plain_job(fallback=(NANOBANANA,)))
    shop.provider.then(*[DOWN, OPEN] * 3)
    while not shop.job.is_over:
        await shop.deliver()
        shop.clock.move(600)
    assert (shop.job.status, shop.job.attempt_count, shop.job.gave_up) == ("failed", 3, True)
    assert shop.job.failure
    assert shop.job.failure.code == "model_unavailable"


async def test_a_user_s_retry_begins_with_the_first_model() -> None:
    """Whatever the job ended with."""
    shop = Workshop(a_plain_job(fallback=(NANOBANANA,)))
    shop.provider.then(DOWN, ENDS[0])
    await shop.deliver()
    assert (shop.job.status, shop.job.model) == ("failed", NANOBANANA)
    again = retry(shop.job, NOON)
    assert (again.provider, again.model, again.first_model) == ("imagen", IMAGEN, None)


async def test_the_pixels_of_the_model_that_failed_are_another_job_s() -> None:
    """Its record is gone at once; the images stand under the model that made them."""
    job = a_job(fallback=(NANOBANANA,))
    shop = Workshop(job)
    seen: list[object] = []

    async def look(*_: object) -> Outcome:
        seen.append(shop.jobs.render(render_id(job)))
        return FREE

    shop.provider.then(DOWN, look)
    await shop.deliver()
    record = shop.jobs.render(render_id(shop.job))
    assert seen == [None]
    assert record
    assert (shop.job.model, record.artifacts) == (NANOBANANA, shop.job.artifacts)


async def test_no_record_is_left_by_a_fallback_that_fails() -> None:
    """The next attempt is to make the first model's pixels."""
    shop = Workshop(a_job(fallback=(NANOBANANA,)))
    shop.provider.then(*[ProviderError("RATE_LIMIT", "quota", "Wait.", retry_after=60)] * 2)
    await shop.deliver()
    assert (shop.job.status, shop.job.model) == ("queued", NANOBANANA)
    assert shop.jobs.render(render_id(shop.job)) is None


async def test_a_model_that_hangs_leaves_time_for_the_others() -> None:
    """Half of what there is."""
    shop = Workshop(a_plain_job(allow_placeholder=True))
    shop.jobs.failures.meanwhile("write", lambda: None)
    shop.jobs.failures.meanwhile("write", lambda: shop.clock.move(169.9))

    async def hangs(*_: object) -> Outcome:
        await asyncio.Event().wait()
        raise AssertionError

    shop.provider.then(hangs, FREE)
    await shop.deliver()
    assert (shop.job.status, models(shop)) == ("completed", [IMAGEN, "placeholder"])
    assert shop.job.spend[0].actual_micros is None


async def test_a_model_that_is_gone_gives_way_to_its_successor(caplog: pytest.LogCaptureFixture) -> None:
    """Unasked, for an hour without asking again, and with one line of the log."""
    caplog.set_level(logging.INFO, "darkroom")
    shop = Workshop()
    for name, minutes in (("a", 0), ("b", 50), ("c", 20)):
        shop.jobs.has(a_plain_job(id=name * 26))
        shop.clock.move(minutes * 60)
        if name != "b":
            shop.provider.then(GONE)
        await shop.deliver(name * 26)
    assert models(shop) == [IMAGEN, GEMINI, GEMINI, IMAGEN, GEMINI]
    jobs = [shop.jobs.job(name * 26) for name in "abc"]
    assert {(job.status, job.provider, job.model) for job in jobs} == {("completed", "gemini", GEMINI)}
    assert [len(job.spend) for job in jobs] == [2, 1, 2]
    assert jobs[0].spend[0].actual_micros == 0
    assert [record.message for record in caplog.records].count("model is gone") == 1


async def test_what_a_successor_does_not_know_is_left_out_where_the_picture_can_be_without() -> None:
    """It is not told of it; the timeline says so, and the job keeps what was asked."""
    job = a_plain_job(
        seed=7, image_size=None, negative_prompt="people", watermark=False,
        wording=Wording(prompt="noir fox", negative_prompt="people", changed_by=("style:noir",)),
        provider_options=ProviderOptions(safety_setting="block_none"),
    )  # fmt: skip
    shop = Workshop(job)
    shop.provider.then(GONE)
    await shop.deliver()
    first, second = shop.provider.calls
    assert first.told.negative_prompt == "people"
    assert (second.told.prompt, second.told.negative_prompt) == ("noir fox", None)
    assert (second.seed, second.negative_prompt, second.watermark) == (None, None, True)
    assert second.provider_options == ProviderOptions()
    assert (shop.job.seed, shop.job.negative_prompt, shop.job.watermark) == (7, "people", False)
    (note,) = [moment.note for moment in shop.job.timeline if moment.note]
    known = "negative_prompt, safety_setting, seed, watermark"
    assert note == f"{IMAGEN}: model_not_found; goes on with {GEMINI}, which does not know: {known}"


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ({"mask": Source(url="https://a.test/m.png"), "references": (Reference(url="https://a.test/r.png"),)}, "/mask"),
        ({"job_type": "upscale", "references": (Reference(url="https://a.test/r.png"),)}, "/job_type"),
        ({"references": (Reference(url="https://a.test/r.png"),) * 15}, "/references"),
    ],
    ids=["mask", "upscale", "references"],
)
def test_what_a_successor_cannot_do_ends_the_job(asked: dict[str, Any], wrong: str) -> None:
    """With what to do instead."""
    job = a_job(**asked)
    with pytest.raises(ProviderError) as ended:
        Route(job, Gone(FakeClock())).after(job, GONE, "generating")
    assert (ended.value.kind, ended.value.code, ended.value.billed) == ("PERMANENT", "model_retired", "no")
    assert f"{wrong}: {GEMINI}" in ended.value.message
    assert ("Send it again for" in ended.value.message) == (wrong != "/references")


async def test_a_model_without_a_successor_is_just_not_found() -> None:
    """As its vendor said it."""
    shop = Workshop(a_plain_job(provider="replicate", model=REPLICATE))
    shop.provider.then(GONE)
    await shop.deliver()
    assert shop.job.failure
    assert (shop.job.status, shop.job.failure.code) == ("failed", "model_not_found")


async def test_a_fallback_that_is_known_to_be_gone_is_its_successor() -> None:
    """Without being asked once more."""
    other = "b" * 26
    shop = Workshop(a_plain_job())
    shop.jobs.has(a_plain_job(id=other, provider="replicate", model=REPLICATE, fallback=(IMAGEN,)))
    shop.provider.then(GONE)
    await shop.deliver()
    shop.provider.then(DOWN)
    await shop.deliver(other)
    assert models(shop) == [IMAGEN, GEMINI, REPLICATE, GEMINI]


def test_no_model_is_advised_that_is_known_to_be_gone() -> None:
    """It answered 404 lately, too."""
    gone = Gone(FakeClock())
    for model in (GEMINI, "gemini-nano-banana-2.1"):
        gone.note(model)
    job = a_job(references=(Reference(url="https://a.test/r.png"),) * 4)
    with pytest.raises(ProviderError) as ended:
        Route(job, gone).after(job, GONE, "generating")
    _, _, advice = ended.value.message.partition("Send it again for ")
    assert "gemini-3-pro-image" in advice
    assert (GEMINI in advice, "nano-banana" in advice) == (False, False)
