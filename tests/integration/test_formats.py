"""Sizes, formats and what lies beside an image, through the whole stack."""

from base64 import b64decode
from hashlib import sha256
from io import BytesIO
from typing import Any

from PIL import Image

from tests.integration.api import Api, a_prompt
from tests.integration.inside import Inside, referenced

FRAME: dict[str, Any] = {"width": 320, "height": 180, "fit": "cover", "mime_type": "image/webp", "thumbnail": True}


def test_a_frame_of_a_film_is_exact_and_its_original_kept(api: Api, inside: Inside) -> None:
    """Asked of the model in the nearest ratio; a job of equal wishes copies all of it; a deleted one leaves nothing."""
    prompt = a_prompt()
    job = api.completed(prompt=prompt, **FRAME)
    assert (job["aspect_ratio"], job["image_size"]) == ("16:9", "1K")
    (image,) = job["images"]
    assert (image["width"], image["height"], image["mime_type"], image["problem"]) == (320, 180, "image/webp", None)

    shown, thumbnail, original = api.image(job), api.image(job, thumbnail=""), api.image(job, original="")
    for answer, about, form in (
        (shown, image, "WEBP"), (thumbnail, image["thumbnail"], "JPEG"), (original, image["original"], "PNG")
    ):  # fmt: skip
        opened = Image.open(BytesIO(answer.content))
        assert (opened.format, opened.size) == (form, (about["width"], about["height"]))
        assert sha256(answer.content).hexdigest() == about["sha256"]
    assert len(thumbnail.content) <= 30_000
    inline = api.image(job, thumbnail="", base64="").json()
    assert (b64decode(inline["image_base64"]), inline["mime_type"]) == (thumbnail.content, "image/jpeg")

    again = api.completed(prompt=prompt, **FRAME)
    assert (again["cached"], again["images"][0]["original"]["sha256"]) == (True, image["original"]["sha256"])
    assert api.image(again, original="").content == original.content
    for one in (job, again):
        assert inside.names(one) == referenced(one)
    assert api.delete(again).is_success
    inside.sweep()
    assert (inside.names(again), inside.names(job)) == ([], referenced(job))


def test_what_was_not_asked_for_is_not_there(api: Api) -> None:
    """The model's own bytes are the image."""
    job = api.completed()
    for kind, answer in (("thumbnail", api.image(job, thumbnail="")), ("original", api.image(job, original=""))):
        assert (answer.status_code, answer.json()["code"]) == (404, f"{kind}_not_found")
