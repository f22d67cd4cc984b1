"""Gemini behind the whole stack: what is asked of it, what comes of it, what it refuses."""

import httpx

from tests.integration.api import Api, a_prompt
from tests.integration.inside import counting
from tests.processes import Control

MODEL = "gemini-3.1-flash-image"


def test_gemini_makes_what_is_asked_for(api: Api, control: Control) -> None:
    """A call an image, at the price of its size; Imagen is left alone."""
    with counting(control) as calls:
        job = api.completed(model=MODEL, n=2, aspect_ratio="21:9", image_size="512px", mime_type="image/jpeg")
    assert (calls["vertex.GenerateContent"], calls["vertex.Predict"]) == (2, 0)
    assert [(image["mime_type"], image["width"], image["height"]) for image in job["images"]] == [
        ("image/jpeg", 768, 336)
    ] * 2
    assert job["cost"]["estimated_micros"] == job["cost"]["actual_micros"] == 90_000
    assert api.image(job, 1).status_code == httpx.codes.OK


def test_what_gemini_refuses_is_typed(api: Api) -> None:
    """Neither an empty success nor an error of ours: one call, its categories, nothing billed."""
    job = api.ended(api.submit(model=MODEL, prompt=a_prompt("[[image-prohibited]]")))
    failure = job["failure"]
    assert (job["status"], failure["type"], failure["code"]) == ("failed", "PERMANENT", "safety_blocked")
    assert (failure["billed"], failure["safety"]) == ("no", {"filtered": "image", "categories": ["prohibited"]})
    assert (job["attempt_count"], job["cost"]["actual_micros"]) == (1, 0)
