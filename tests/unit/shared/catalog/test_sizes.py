"""Pixels → a model's aspect ratio and size."""

from fractions import Fraction
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.catalog import catalog
from shared.catalog.sizes import PIXELS, SLACK, enough_size, extent, nearest_ratio
from shared.domain.request import AspectRatio, ImageSize

MODELS = {name: model for name, model in catalog().models.items() if model.aspect_ratios}
models = st.sampled_from(sorted(MODELS))
sides = st.integers(64, 8192)


def away(ratio: str, width: int, height: int) -> float:
    """How far a ratio is from width × height."""
    return abs(log(Fraction(ratio.replace(":", "/"))) - log(width / height))


@given(name=models, width=sides, height=sides, times=st.integers(1, 8))
def test_no_other_ratio_of_the_model_is_nearer(name: str, width: int, height: int, times: int) -> None:
    """At whatever scale."""
    model = MODELS[name]
    found = nearest_ratio(model, width, height)
    assert all(away(found, width, height) <= away(other, width, height) for other in model.aspect_ratios)
    assert away(nearest_ratio(model, width * times, height * times), width, height) == pytest.approx(
        away(found, width, height)
    )


@given(name=models, width=sides, height=sides)
def test_the_size_is_the_smallest_that_is_enough_else_the_largest(name: str, width: int, height: int) -> None:
    """Every smaller one would have to be scaled up, and so would it, where it is the last."""
    model = MODELS[name]
    ratio = nearest_ratio(model, width, height)
    size = enough_size(model, ratio, width, height)

    def enough(size: ImageSize) -> bool:
        made = extent(size, ratio)
        return made[0] * SLACK >= width and made[1] * SLACK >= height

    able = [known for known in PIXELS if known in model.prices]
    assert size in able
    assert not any(enough(smaller) for smaller in able[: able.index(size)])
    assert enough(size) or size == able[-1]


@given(name=models, width=sides, height=sides, more=st.integers(0, 4096))
def test_more_pixels_never_make_a_smaller_size(name: str, width: int, height: int, more: int) -> None:
    """Under the same ratio."""
    model, order = MODELS[name], list(PIXELS)
    ratio = nearest_ratio(model, width, height)
    less = enough_size(model, ratio, width, height)
    assert order.index(enough_size(model, ratio, width + more, height + more)) >= order.index(less)


@pytest.mark.parametrize(
    ("name", "width", "height", "ratio", "size"),
    [
        ("gemini-3.1-flash-image", 1920, 1080, "16:9", "2K"),
        ("gemini-3.1-flash-image", 1376, 768, "16:9", "1K"),
        ("gemini-3.1-flash-image", 1024, 1024, "1:1", "1K"),
        ("gemini-3.1-flash-image", 512, 512, "1:1", "512px"),
        ("gemini-3.1-flash-image", 4000, 1700, "21:9", "4K"),
        ("gemini-3.1-flash-image", 8192, 8192, "1:1", "4K"),
        ("imagen-4.0-fast-generate-001", 1920, 1080, "16:9", "1K"),
        ("imagen-4.0-generate-001", 1080, 1920, "9:16", "2K"),
        ("imagen-4.0-generate-001", 64, 8192, "9:16", "2K"),
    ],
)
def test_some_sizes_that_are_asked_for(name: str, width: int, height: int, ratio: AspectRatio, size: ImageSize) -> None:
    """A film's frame, a vendor's own sizes, more than there is, what no ratio is near to."""
    model = MODELS[name]
    assert (nearest_ratio(model, width, height), enough_size(model, ratio, width, height)) == (ratio, size)
