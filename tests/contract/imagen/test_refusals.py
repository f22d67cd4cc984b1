"""What Imagen's filters say, in each of their shapes."""

import pytest

from tests.builders import a_job
from tests.contract.imagen.world import BLOCKED, EACH, EDITING, PRACTICES, RAW, World, a_prediction
from tests.fakes.prediction_server import Answer, Refused


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
    world.vendor.says([a_prediction(), *({"raiFilteredReason": reason} for reason in reasons)])
    outcome = await world.make(a_job(n=3))
    assert (len(outcome.pictures), len(outcome.missing), outcome.cost_micros) == (1, 2, EACH)
    for gone in outcome.missing:
        assert gone.message
        assert gone.safety
        assert (gone.code, gone.billed, gone.safety.filtered) == ("safety_blocked", "no", "image")
        assert gone.safety.categories == (("violence", "sexual") if reasons else ())
