"""What models there are."""

from typing import get_args

import pytest

from shared.catalog import catalog, price
from shared.domain.errors import Rejected
from shared.domain.request import AspectRatio

LIVE = sorted(name for name, model in catalog().models.items() if not model.retired)


@pytest.mark.parametrize("alias", sorted(catalog().aliases))
def test_every_alias_is_a_model(alias: str) -> None:
    """By its id, which is no alias."""
    model_id, model = catalog().resolve(alias)
    assert catalog().models[model_id] == model
    assert model_id not in catalog().aliases


@pytest.mark.parametrize("model_id", LIVE)
def test_every_model_can_do_something(model_id: str) -> None:
    """At a price, unless that is unknown."""
    found, model = catalog().resolve(model_id)
    assert found == model_id
    assert model.max_images >= 1
    assert model.mime_types
    assert set(model.aspect_ratios) <= set(get_args(AspectRatio))
    assert all(micros is None or micros >= 0 for micros in model.prices.values())
    assert model.successor is None or model.successor in catalog().models


@pytest.mark.parametrize(
    ("name", "micros"), [("fast", 20_000), ("standard", 40_000), ("ultra", 60_000), ("placeholder", 0)]
)
def test_prices_are_micro_usd_an_image(name: str, micros: int) -> None:
    """As the model's page has them."""
    model = catalog().resolve(name)[1]
    assert price(model, None, 1) == micros
    assert price(model, None, 3) == 3 * micros


def test_a_larger_image_may_cost_more() -> None:
    """By size."""
    model = catalog().models["gemini-3.1-flash-image"]
    assert [price(model, size, 2) for size in (None, "1K", "512px", "4K")] == [134_000, 134_000, 90_000, 302_000]


def test_an_unknown_price_stays_unknown() -> None:
    """However many images."""
    assert price(catalog().models["nanobanana"], None, 3) is None


def test_an_unknown_model_is_refused_with_those_there_are() -> None:
    """At the field of the request."""
    with pytest.raises(Rejected, match="standard") as refusal:
        catalog().resolve("imagen-9")
    assert (refusal.value.status, refusal.value.errors[0][0]) == (400, "/model")


def test_a_retired_model_is_its_successor() -> None:
    """Found by its own name."""
    assert catalog().resolve("imagegeneration@006")[0] == "gemini-3.1-flash-image"
