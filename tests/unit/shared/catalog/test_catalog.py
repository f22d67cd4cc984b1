"""What models there are."""

from typing import Any, get_args

import pytest

from shared.catalog import Model, catalog, check_ability, price
from shared.domain.errors import Rejected
from shared.domain.request import AspectRatio
from shared.providers import PROVIDERS
from tests.builders import a_request


@pytest.mark.parametrize("alias", sorted(catalog().aliases))
def test_every_alias_is_a_model(alias: str) -> None:
    """By its id, which is no alias."""
    model_id, model = catalog().resolve(alias)
    assert catalog().models[model_id] == model
    assert model_id not in catalog().aliases


@pytest.mark.parametrize("model_id", sorted(catalog().models))
def test_every_model_can_be_made(model_id: str) -> None:
    """It has a provider, and can do something."""
    found, model = catalog().resolve(model_id)
    assert found == model_id
    assert model.provider in PROVIDERS
    assert model.max_images >= 1
    assert model.aspect_ratios
    assert model.mime_types
    assert set(model.aspect_ratios) <= set(get_args(AspectRatio))
    assert model.price_micros is None or model.price_micros >= 0


@pytest.mark.parametrize(
    ("name", "micros"), [("fast", 20_000), ("standard", 40_000), ("ultra", 60_000), ("placeholder", 0)]
)
def test_prices_are_micro_usd_an_image(name: str, micros: int) -> None:
    """As the model's page has them."""
    model = catalog().resolve(name)[1]
    assert price(model, 1) == micros
    assert price(model, 3) == 3 * micros


def test_an_unknown_price_stays_unknown() -> None:
    """However many images."""
    assert price(_model(price_micros=None), 3) is None


def test_an_unknown_model_is_refused_with_those_there_are() -> None:
    """At the field of the request."""
    with pytest.raises(Rejected, match="standard") as refusal:
        catalog().resolve("imagen-9")
    assert (refusal.value.status, refusal.value.errors[0][0]) == (400, "/model")


def test_all_that_a_model_cannot_do_is_said_at_once() -> None:
    """With what it could do instead."""
    with pytest.raises(Rejected) as refusal:
        check_ability("m", _model(), a_request(n=3, mime_type="image/webp"), "21:9")
    assert [pointer for pointer, _ in refusal.value.errors] == ["/n", "/aspect_ratio", "/mime_type"]
    assert "image/png" in refusal.value.detail
    check_ability("m", _model(), a_request(n=2), "1:1")


def test_a_field_that_a_model_does_not_know_is_not_passed_over() -> None:
    """A seed of 0 is a seed; what was left out, or put off, asks for nothing."""
    model = _model(cannot=("seed", "watermark"))
    with pytest.raises(Rejected) as refusal:
        check_ability("m", model, a_request(seed=0), "1:1")
    assert [pointer for pointer, _ in refusal.value.errors] == ["/seed"]
    check_ability("m", model, a_request(watermark=False), "1:1")


def _model(**changes: Any) -> Model:
    fields: dict[str, Any] = {
        "provider": "p", "price_micros": 1, "max_images": 2, "aspect_ratios": ("1:1",), "mime_types": ("image/png",)
    }  # fmt: skip
    return Model(**fields | changes)
