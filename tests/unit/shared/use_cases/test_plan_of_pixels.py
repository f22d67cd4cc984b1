"""Width and height in a plan."""

from shared.use_cases.plan import planned
from tests.builders import DEFAULTS, a_request
from tests.fakes.clock import NOON


def test_pixels_become_the_model_s_ratio_and_size_and_their_price() -> None:
    """A film's frame of a model that makes several sizes."""
    plan = planned(
        a_request(width=1920, height=1080, n=2, model="gemini-3.1-flash-image", watermark=True), DEFAULTS, NOON
    )
    assert (plan.aspect_ratio, plan.image_size, plan.estimated_micros) == ("16:9", "2K", 202_000)


def test_a_size_that_is_named_wins() -> None:
    """Over what the pixels would need: it is the cheaper one, say, and scaled up."""
    plan = planned(a_request(width=1920, height=1080, image_size="1K"), DEFAULTS, NOON)
    assert (plan.aspect_ratio, plan.image_size) == ("16:9", "1K")


def test_without_pixels_nothing_is_chosen() -> None:
    """The default ratio, the model's usual size."""
    plan = planned(a_request(), DEFAULTS, NOON)
    assert (plan.aspect_ratio, plan.image_size) == ("1:1", None)


def test_a_painted_picture_of_whatever_size_costs_nothing() -> None:
    """Known to be 0, not unknown."""
    request = a_request(width=1920, height=1080)
    assert planned(request, DEFAULTS, NOON).image_size == "2K"
    without = type(DEFAULTS)(model="standard", aspect_ratio="1:1", watermark=True, real_images=False)
    assert planned(request, without, NOON).estimated_micros == 0
