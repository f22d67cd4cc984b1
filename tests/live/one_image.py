"""One image is asked for twice: the first is paid and looked at, the second is a copy that costs nothing."""

from io import BytesIO
from typing import Any

import httpx
from PIL import Image

from tests.integration.api import Api, a_prompt

MICROS_PER_USD = 1_000_000
PATIENCE = 300.0  # seconds for a real model
LEAST_SIDE = 256  # pixels


class TooDearError(Exception):
    """The image may cost more than was allowed; nobody was asked for it."""


def model_of(api: Api, provider: str) -> str:
    """The cheapest model of the provider that makes an image from a prompt alone; one of unknown price comes last."""
    models = api.http.get("/v1/models").raise_for_status().json()["models"]
    able = [one for one in models if one["provider"] == provider and not one["retired"] and not one["min_references"]]
    assert able, f"no model of {provider!r}; there are {', '.join(sorted({one['provider'] for one in models}))}"
    cheapest = min(able, key=_price)
    return str(cheapest["id"])


def make(api: Api, model: str, max_usd: float) -> str:
    """Ask for the image, then for the same again; gives a line that says what it cost.

    Raises:
        TooDearError: its estimate is above `max_usd`, or unknown.
        AssertionError: what came is not as it should be.
    """
    wanted = {"prompt": a_prompt(), "model": model}
    estimate = api.http.post("/v1/estimate", json=wanted).raise_for_status().json()["estimated_micros"]
    if estimate is None or estimate > max_usd * MICROS_PER_USD:
        known = "unknown" if estimate is None else f"${estimate / MICROS_PER_USD:.4f}"
        raise TooDearError(f"{model}: the price is {known}, and MAX_USD is {max_usd}")
    first = api.reached(_submitted(api, wanted), "completed", seconds=PATIENCE)
    content = api.image(first).raise_for_status().content
    with Image.open(BytesIO(content)) as image:
        image.load()
        size = image.size
    described = first["images"][0]
    assert size == (described["width"], described["height"])
    assert min(size) >= LEAST_SIDE
    assert len(content) == described["bytes"]
    second = api.reached(_submitted(api, wanted), "completed", seconds=PATIENCE)
    assert (second["cached"], second["cost"]["actual_micros"]) == (True, 0)
    assert api.image(second).content == content
    cost = first["cost"]["actual_micros"]
    paid = "unknown" if cost is None else f"${cost / MICROS_PER_USD:.4f}"
    return f"{first['model']}: {size[0]} × {size[1]} pixels, {len(content):,} bytes, cost {paid}; the second cost $0"


def _price(model: dict[str, Any]) -> float:
    micros = model["prices_micros"][model["image_sizes"][0]]
    return float("inf") if micros is None else float(micros)


def _submitted(api: Api, wanted: dict[str, Any]) -> dict[str, Any]:
    answer = api.post(wanted)
    assert answer.status_code == httpx.codes.ACCEPTED, answer.text
    job: dict[str, Any] = answer.json()
    return job
