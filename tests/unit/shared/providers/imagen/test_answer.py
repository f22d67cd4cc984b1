"""What Imagen answered, and the codes of its filters."""

from shared.providers.imagen.answer import outcome_of
from shared.providers.imagen.request import Share
from shared.providers.imagen.safety import CATEGORIES, OF_CODE, is_refusal, safety_of
from tests.builders import image_bytes

PICTURE = {"bytesBase64Encoded": image_bytes()}


def test_a_price_that_nobody_knows_stays_unknown() -> None:
    """It is never 0."""
    outcome = outcome_of([PICTURE, PICTURE], Share(2, None), "a fox", None)
    assert (outcome.cost_micros, [picture.cost_micros for picture in outcome.pictures]) == (None, [None, None])


def test_every_code_has_one_category() -> None:
    """Of the twelve that Google publishes."""
    assert len(CATEGORIES) == 12
    assert len(OF_CODE) == sum(len(codes) for codes in CATEGORIES.values()) == 22


def test_a_code_is_named_once_however_it_is_said() -> None:
    """One or several, in the singular or not, in one sentence or two; other numbers are none."""
    text = "2 images were filtered. Support code: 61493863. Support codes: 61493863, 32635315"
    safety = safety_of(text, "image")
    assert safety.support_codes == ("61493863", "32635315")
    assert safety.categories == ("violence", "vulgar")
    assert is_refusal(text)
    assert not is_refusal("sampleCount: 12345678 is not one of 1, 2, 3, 4")
