"""Imagen over the wire: what it is asked for, by a server that notes it and hands it to the strict local Vertex AI."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from typing import Any, NamedTuple

import msgspec
import pytest

from shared.domain.errors import ProviderError
from shared.domain.job import Job, Wording
from shared.domain.request import ProviderOptions
from shared.ports import Given, Outcome
from shared.providers.gates import Gates
from shared.providers.imagen import Imagen, client
from tests.builders import a_job, image_bytes
from tests.contract.image_provider_suite import LATE, a_reference, broken_off, happened
from tests.fakes.checkpoint import FakeCheckpoint
from tests.fakes.clock import FakeClock
from tests.fakes.prediction_server import Answer, Asked, PredictionServer, Refused, prediction_server
from tests.processes import RunningCloud

pytestmark = pytest.mark.usefixtures("one_loop")
EACH = 40_000  # micro-USD
EDITING, ENLARGING = "imagen-3.0-capability-001", "imagen-4.0-upscale-preview"
GIVEN = {"bytesBase64Encoded": b64encode(image_bytes()).decode()}
RAW = a_reference("raw")
MASK = Given(data=image_bytes(255), mime_type="image/png", width=2, height=3, role="mask", uri="gs://bucket/mask.png")
RAW_SENT = {"referenceId": 1, "referenceType": "REFERENCE_TYPE_RAW", "referenceImage": GIVEN}
ALWAYS = {"sampleCount": 1, "addWatermark": False, "includeRaiReason": True, "outputOptions": {"mimeType": "image/png"}}
PRACTICES = "Responsible AI practices"
BLOCKED = (
    "Your current safety filter threshold filtered out 2 generated images. You will not be charged for blocked "
    "images. Support codes: 56562880, 99999999, 90789179"
)


def _picture(seed: int = 0) -> dict[str, Any]:
    return {"bytesBase64Encoded": b64encode(image_bytes(seed)).decode(), "mimeType": "image/png"}


BROKEN = {"bytesBase64Encoded": b64encode(image_bytes()[:40]).decode()}


class World(NamedTuple):
    """The provider and the server that it asks."""

    imagen: Imagen
    vendor: PredictionServer
    checkpoint: FakeCheckpoint

    async def make(self, job: Job, *given: Given) -> Outcome:
        """Its images."""
        return await self.imagen.generate(job, given, LATE, self.checkpoint)

    async def refused(self, job: Job, *given: Given) -> ProviderError:
        """Why there are none."""
        with pytest.raises(ProviderError) as refusal:
            await self.make(job, *given)
        return refusal.value

    def answers(self, answer: Callable[[Asked, int], Answer]) -> None:
        """Let the server answer so: the request, and how often one for its seed came before."""
        before: list[Any] = []

        async def answered(asked: Asked) -> Answer:
            seed = asked.parameters.get("seed")
            before.append(seed)
            return answer(asked, before.count(seed) - 1)

        self.vendor.answer = answered


@pytest.fixture
async def world(cloud: RunningCloud, project: str) -> AsyncIterator[World]:
    """Served by the local Vertex AI, where a test does not say otherwise."""
    async with prediction_server(cloud.host("vertex")) as vendor:
        prediction, clock = client("us-central1", vendor.host), FakeClock()
        yield World(Imagen(prediction, project, "us-central1", clock, Gates(clock)), vendor, FakeCheckpoint(clock))
        await prediction.transport.close()


async def test_every_setting_reaches_the_model(world: World) -> None:
    """By the names that it knows, and what the model is told in place of the user's words."""
    job = a_job(
        wording=Wording(prompt="a fox, noir", negative_prompt="blur", changed_by=("style:noir",)),
        aspect_ratio="16:9",
        image_size="2K",
        seed=7,
        mime_type="image/jpeg",
        compression=60,
        provider_options=ProviderOptions(
            person_generation="dont_allow", safety_setting="block_only_high", language="en", enhance_prompt=False
        ),
    )
    (picture,) = (await world.make(job)).pictures
    assert world.vendor.asked == [
        Asked(
            "imagen-4.0-generate-001",
            {"prompt": "a fox, noir"},
            {
                **ALWAYS,
                "seed": 7,
                "negativePrompt": "blur",
                "personGeneration": "dont_allow",
                "safetySetting": "block_only_high",
                "language": "en",
                "enhancePrompt": False,
                "aspectRatio": "16:9",
                "sampleImageSize": "2K",
                "outputOptions": {"mimeType": "image/jpeg", "compressionQuality": 60},
            },
        )
    ]
    assert (picture.mime_type, picture.width, picture.height) == ("image/jpeg", 2816, 1536)


async def test_what_is_not_asked_for_is_left_to_the_model(world: World) -> None:
    """A watermark is said either way; an empty negative prompt is none; a WebP is made of a PNG, elsewhere."""
    job = a_job(negative_prompt="", watermark=True, mime_type="image/webp", compression=60)
    (picture,) = (await world.make(job)).pictures
    assert world.vendor.asked[0].parameters == {**ALWAYS, "addWatermark": True, "aspectRatio": "1:1"}
    assert picture.mime_type == "image/png"


MASKED = {"referenceId": 2, "referenceType": "REFERENCE_TYPE_MASK"}
BACKGROUND = {**MASKED, "maskImageConfig": {"maskMode": "MASK_MODE_BACKGROUND"}}
DRAWN = {
    **MASKED,
    "maskImageConfig": {"maskMode": "MASK_MODE_USER_PROVIDED"},
    "referenceImage": {"bytesBase64Encoded": b64encode(MASK.data).decode()},
}


@pytest.mark.parametrize(
    ("options", "given", "mode", "mask"),
    [
        ({}, [RAW], "DEFAULT", None),
        ({}, [RAW, MASK], "INPAINT_INSERTION", DRAWN),
        ({"edit_mode": "inpaint_removal"}, [MASK, RAW], "INPAINT_REMOVAL", DRAWN),
        ({"edit_mode": "outpaint", "mask_mode": "user_provided"}, [RAW, MASK], "OUTPAINT", DRAWN),
        ({"edit_mode": "background_swap"}, [RAW], "BGSWAP", BACKGROUND),
        ({"edit_mode": "background_swap"}, [RAW, MASK], "BGSWAP", DRAWN),
        ({"edit_mode": "product_image"}, [RAW], "PRODUCT_IMAGE", BACKGROUND),
        (
            {"mask_mode": "foreground", "mask_dilation": 0.05},
            [RAW],
            "INPAINT_INSERTION",
            {**MASKED, "maskImageConfig": {"maskMode": "MASK_MODE_FOREGROUND", "dilation": 0.05}},
        ),
    ],
)
async def test_an_edit_says_where_to_paint(
    world: World, options: dict[str, Any], given: list[Given], mode: str, mask: dict[str, Any] | None
) -> None:
    """Inside the mask that is given, or the one that the model is to find; the picture keeps its ratio and size."""
    job = a_job(model=EDITING, provider_options=ProviderOptions(**options), job_type="edit")
    (picture,) = (await world.make(job, *given)).pictures
    (asked,) = world.vendor.asked
    assert asked.instance == {"prompt": job.prompt, "referenceImages": [RAW_SENT, mask] if mask else [RAW_SENT]}
    assert asked.parameters == {**ALWAYS, "editMode": f"EDIT_MODE_{mode}"}
    assert (picture.width, picture.height, picture.cost_micros) == (2, 3, EACH)


async def test_an_edit_may_be_told_how(world: World) -> None:
    """By its steps and how closely it follows the prompt; with a seed each for several images."""
    options = ProviderOptions(edit_steps=35, guidance_scale=60.5, edit_mode="inpaint_insertion")
    outcome = await world.make(a_job(model=EDITING, provider_options=options, n=2, seed=3), RAW, MASK)
    for seed, asked in zip((3, 4), sorted(world.vendor.asked, key=lambda asked: asked.parameters["seed"]), strict=True):
        assert asked.parameters == {
            **ALWAYS,
            "seed": seed,
            "editMode": "EDIT_MODE_INPAINT_INSERTION",
            "editConfig": {"baseSteps": 35},
            "guidanceScale": 60.5,
        }
    assert [picture.seed for picture in outcome.pictures] == [3, 4]


async def test_what_a_mask_is_to_cover_reaches_the_model(world: World) -> None:
    """By the numbers of its classes. What the service does not implement is no reason to ask again."""
    options = ProviderOptions(mask_mode="semantic", mask_classes=(7, 175))
    error = await world.refused(a_job(model=EDITING, provider_options=options), RAW)
    (asked,) = world.vendor.asked
    config = {"maskMode": "MASK_MODE_SEMANTIC", "maskClasses": [7, 175]}
    assert asked.instance["referenceImages"][1] == {**MASKED, "maskImageConfig": config}
    assert (error.kind, error.code) == ("PERMANENT", "model_refused_request")


async def test_references_say_what_they_are_for(world: World) -> None:
    """With their descriptions, numbered in their order; without a picture to edit, the ratio is asked for."""
    given = [
        msgspec.structs.replace(RAW, type=kind, description=text)
        for kind, text in [("style", "watercolour"), ("subject", "a red hat"), ("control", "lines"), ("style", None)]
    ]
    (picture,) = (await world.make(a_job(model=EDITING, aspect_ratio="4:3"), *given)).pictures
    (asked,) = world.vendor.asked
    sent = [{"referenceId": number, "referenceImage": GIVEN} for number in range(1, 5)]
    assert asked.instance["referenceImages"] == [
        {**sent[0], "referenceType": "REFERENCE_TYPE_STYLE", "styleImageConfig": {"styleDescription": "watercolour"}},
        {
            **sent[1],
            "referenceType": "REFERENCE_TYPE_SUBJECT",
            "subjectImageConfig": {"subjectDescription": "a red hat", "subjectType": "SUBJECT_TYPE_DEFAULT"},
        },
        {
            **sent[2],
            "referenceType": "REFERENCE_TYPE_CONTROL",
            "controlImageConfig": {"controlType": "CONTROL_TYPE_CANNY", "enableControlImageComputation": True},
        },
        {**sent[3], "referenceType": "REFERENCE_TYPE_STYLE"},
    ]
    assert asked.parameters == {**ALWAYS, "aspectRatio": "4:3"}
    assert (picture.width, picture.height) == (1280, 896)


@pytest.mark.parametrize(("factor", "sent"), [(None, "x2"), ("x4", "x4")])
async def test_a_picture_is_enlarged(world: World, factor: Any, sent: str) -> None:
    """Twice, where the request does not say."""
    job = a_job(model=ENLARGING, job_type="upscale", provider_options=ProviderOptions(upscale_factor=factor))
    (picture,) = (await world.make(job, RAW)).pictures
    (asked,) = world.vendor.asked
    assert asked.instance == {"prompt": job.prompt, "image": GIVEN}
    assert asked.parameters == {**ALWAYS, "mode": "upscale", "upscaleConfig": {"upscaleFactor": sent}}
    assert (picture.width, picture.cost_micros) == (2 * int(sent[1]), 60_000)


async def test_image_i_is_of_seed_s_plus_i(world: World) -> None:
    """The very image that a job for that seed alone gets."""
    several = await world.make(a_job(seed=7, n=2))
    alone = await world.make(a_job(seed=8))
    assert several.pictures[1] == alone.pictures[0]
    assert several.pictures[0].data != several.pictures[1].data


@pytest.mark.parametrize(("seed", "counts"), [(None, [4, 4, 2]), (100, [1] * 10)])
async def test_ten_images_are_asked_for_at_once(world: World, seed: int | None, counts: list[int]) -> None:
    """In as few calls as there can be; with a seed in one for each image."""
    all_there = asyncio.Barrier(len(counts))

    async def answer(asked: Asked) -> Answer:
        await all_there.wait()
        first = int(asked.parameters.get("seed", 0))
        return [_picture(first + index) for index in range(int(asked.parameters["sampleCount"]))]

    world.vendor.answer = answer
    job = a_job(n=10, seed=seed)
    outcome = await asyncio.wait_for(world.make(job), 10)
    assert sorted((int(asked.parameters["sampleCount"]) for asked in world.vendor.asked), reverse=True) == counts
    seeds = [None] * 10 if seed is None else list(range(seed, seed + 10))
    assert [picture.seed for picture in outcome.pictures] == seeds
    if seed is not None:
        assert [picture.data for picture in outcome.pictures] == [image_bytes(each) for each in range(100, 110)]
    assert outcome.cost_micros == world.imagen.estimate(job) == 10 * EACH


async def test_only_what_failed_is_asked_for_again(world: World) -> None:
    """And booked again, at its price alone; the images come in their order."""

    def answer(asked: Asked, before: int) -> Answer:
        busy = asked.parameters["seed"] == 8 and not before
        return Refused("RESOURCE_EXHAUSTED") if busy else [_picture(int(asked.parameters["seed"]))]

    world.answers(answer)
    outcome = await world.make(a_job(n=3, seed=7))
    assert [picture.seed for picture in outcome.pictures] == [7, 8, 9]
    assert [int(asked.parameters["seed"]) for asked in world.vendor.asked].count(8) == len(world.vendor.asked) - 2 == 2
    assert (world.checkpoint.booked, outcome.cost_micros) == ([EACH], EACH)
    assert [(error.cost_micros, error.billed) for error in world.checkpoint.failed] == [(2 * EACH, "yes")]


async def test_bytes_that_are_no_image_are_not_paid_twice(world: World) -> None:
    """Neither beside good ones of the same call, nor when another call is made again; the job says so."""

    def answer(asked: Asked, before: int) -> Answer:
        if "seed" not in asked.parameters:
            return [BROKEN, _picture(), BROKEN]
        seed = int(asked.parameters["seed"])
        return [BROKEN] if seed == 7 else Refused("UNAVAILABLE") if not before else [_picture(seed)]

    world.answers(answer)
    together = await world.make(a_job(n=3))
    gone = [(missing.code, missing.billed) for missing in together.missing]
    assert (len(together.pictures), gone, together.cost_micros) == (1, [("not_an_image", "yes")] * 2, 3 * EACH)
    apart = await world.make(a_job(n=2, seed=7))
    assert [picture.seed for picture in apart.pictures] == [8]
    assert [(missing.code, missing.billed) for missing in apart.missing] == [("not_an_image", "yes")]
    assert [asked.parameters.get("seed") for asked in world.vendor.asked].count(7) == 1


def _400(text: str) -> Refused:
    return Refused("INVALID_ARGUMENT", text)


@pytest.mark.parametrize(
    ("answer", "filtered", "categories", "codes"),
    [
        (_400(f"It violates Google's {PRACTICES}. Support codes: 42876398"), "prompt", ["other"], ["42876398"]),
        (_400(f"It violates Google's {PRACTICES}."), "prompt", [], []),
        (_400("The prompt is prohibited. Support codes: 58061214"), "prompt", ["child"], ["58061214"]),
        ([{"raiFilteredReason": BLOCKED}], "image", ["violence", "sexual"], ["56562880", "99999999", "90789179"]),
        ([], "image", [], []),
        ([{}], "image", [], []),
    ],
)
async def test_a_refusal_says_what_was_found(
    world: World, answer: Answer, filtered: str, categories: list[str], codes: list[str]
) -> None:
    """In each of its shapes: what was looked at, our categories, and Google's codes, also those that we do not know."""
    world.vendor.says(answer)
    error = await world.refused(a_job(n=4))
    assert (error.kind, error.code, error.billed, error.cost_micros) == ("PERMANENT", "safety_blocked", "no", 0)
    assert error.safety
    assert (error.safety.filtered, list(error.safety.categories)) == (filtered, categories)
    assert list(error.safety.support_codes) == codes
    assert len(world.vendor.asked) == 1


async def test_a_wrong_request_is_no_refusal_by_a_filter(world: World) -> None:
    """400 that names no filter is a defect of the request."""
    world.vendor.says(Refused("INVALID_ARGUMENT", "parameters.seed: must be an integer"))
    error = await world.refused(a_job())
    assert (error.kind, error.code, error.safety) == ("PERMANENT", "model_refused_request", None)


async def test_a_request_that_is_too_big_is_not_sent_for_a_day(world: World) -> None:
    """Its error has the code of a busy model, but no wait makes a request smaller."""
    text = "CLIENT: Received message larger than max (41943040 vs. 33554432)"
    world.vendor.says(Refused("RESOURCE_EXHAUSTED", text))
    error = await world.refused(a_job(model=EDITING), RAW)
    assert (error.kind, len(world.vendor.asked)) == ("PERMANENT", 1)


@pytest.mark.parametrize("reasons", [[BLOCKED], [BLOCKED, BLOCKED], []])
async def test_each_image_that_is_kept_back_is_listed(world: World, reasons: list[str]) -> None:
    """With its reason, or one that stands for all; also where fewer come than were asked for, and nobody says why."""
    world.vendor.says([_picture(), *({"raiFilteredReason": reason} for reason in reasons)])
    outcome = await world.make(a_job(n=3))
    assert (len(outcome.pictures), len(outcome.missing), outcome.cost_micros) == (1, 2, EACH)
    for gone in outcome.missing:
        assert gone.message
        assert gone.safety
        assert (gone.code, gone.billed, gone.safety.filtered) == ("safety_blocked", "no", "image")
        assert gone.safety.categories == (("violence", "sexual") if reasons else ())


async def test_what_came_is_kept_when_other_calls_fail(world: World) -> None:
    """Each with why; a call that stays busy is asked for four times."""

    def answer(asked: Asked, _: int) -> Answer:
        seed = int(asked.parameters["seed"])
        says: dict[int, Answer] = {
            7: [{"raiFilteredReason": BLOCKED}],
            9: Refused("RESOURCE_EXHAUSTED"),
            10: Refused("NOT_FOUND"),
        }
        return says.get(seed, [_picture(seed)])

    world.answers(answer)
    outcome = await world.make(a_job(n=4, seed=7))
    assert [picture.seed for picture in outcome.pictures] == [8]
    assert [gone.code for gone in outcome.missing] == ["safety_blocked", "model_rate_limit", "model_not_found"]
    seeds = [int(asked.parameters["seed"]) for asked in world.vendor.asked]
    assert [seeds.count(seed) for seed in range(7, 11)] == [1, 1, 4, 1]
    assert (world.checkpoint.booked, outcome.cost_micros) == ([EACH] * 3, 0)


async def test_no_call_goes_on_once_the_job_is_broken_off(world: World) -> None:
    """Each of them is cancelled at the server, and none is made after."""

    async def never(_: Asked) -> Answer:
        await asyncio.Event().wait()
        return ()

    world.vendor.answer = never
    task = asyncio.create_task(world.make(a_job(n=3, seed=7)))
    await happened(lambda: len(world.vendor.asked) == 3)
    await broken_off(task)
    await happened(lambda: world.vendor.broken_off == 3)
    assert (len(world.vendor.asked), world.checkpoint.failed) == (3, [])


@pytest.mark.parametrize(
    ("said", "used"), [("a fox, in soft light", "a fox, in soft light"), ("a fox", None), (None, None)]
)
async def test_the_prompt_is_told_where_the_model_changed_it(world: World, said: str | None, used: str | None) -> None:
    """And only there."""
    world.vendor.says([_picture() | ({"prompt": said} if said else {})])
    assert (await world.make(a_job(prompt="a fox"))).prompt_used == used
