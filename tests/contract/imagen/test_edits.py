"""What Imagen is asked for where it starts from pictures."""

from base64 import b64encode
from typing import Any

import msgspec
import pytest

from shared.domain.request import ProviderOptions
from shared.ports import Given
from tests.builders import a_job, image_bytes
from tests.contract.imagen.world import ALWAYS, EACH, EDITING, ENLARGING, GIVEN, RAW, World

MASK = Given(data=image_bytes(255), mime_type="image/png", width=2, height=3, role="mask", uri="gs://bucket/mask.png")
RAW_SENT = {"referenceId": 1, "referenceType": "REFERENCE_TYPE_RAW", "referenceImage": GIVEN}
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
