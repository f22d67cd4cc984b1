"""What a model can do of what is asked."""

import pytest

from shared.catalog.abilities import check_ability, checked_fallback
from shared.domain.errors import Rejected
from tests.builders import a_request

GEMINI = "gemini-3.1-flash-image"
REFERENCE = {"url": "https://example.test/a.png"}
STYLE = REFERENCE | {"type": "style"}


def test_all_that_a_model_cannot_do_is_said_at_once() -> None:
    """With the models that can do all of it."""
    asked = a_request(n=10, seed=0, mask=REFERENCE, references=[REFERENCE, STYLE, STYLE])
    with pytest.raises(Rejected) as refusal:
        check_ability(GEMINI, asked, "21:9", None)
    assert [pointer for pointer, _ in refusal.value.errors] == ["/seed", "/mask"]
    with pytest.raises(Rejected, match=r"imagen-3\.0-capability-001"):
        check_ability(GEMINI, asked, "1:1", None)


def test_more_references_than_a_model_takes_are_refused() -> None:
    """Seventeen are too many for all of them."""
    with pytest.raises(Rejected, match="at most 14 reference images, not 17") as refusal:
        check_ability(GEMINI, a_request(references=[REFERENCE] * 17), "1:1", None)
    assert refusal.value.detail.endswith("No model here can do all of it.")


def test_where_no_model_can_do_it_all_those_are_named_that_know_a_part() -> None:
    """A mask without the picture that it belongs to: whoever is told "none" would give up."""
    with pytest.raises(Rejected) as refusal:
        check_ability(GEMINI, a_request(mask=REFERENCE), "1:1", None)
    known = "/mask is known to imagen-3.0-capability-001, imagen-3.0-capability-002."
    assert refusal.value.detail.endswith(f"No model here can do all of it. {known}")


def test_a_model_that_lacks_only_its_picture_is_not_called_unable() -> None:
    """It says what it needs, and no more."""
    with pytest.raises(Rejected) as refusal:
        check_ability("imagen-4.0-upscale-preview", a_request(job_type="upscale"), "1:1", None)
    assert refusal.value.detail.endswith("needs at least 1: it works on a given image.")


def test_a_model_without_references_says_so_once() -> None:
    """In plain words."""
    with pytest.raises(Rejected) as refusal:
        check_ability("imagen-4.0-generate-001", a_request(references=[REFERENCE]), "1:1", None)
    assert refusal.value.errors == (("/references", "imagen-4.0-generate-001 takes no reference images"),)


def test_a_size_that_a_model_does_not_make_is_refused() -> None:
    """With those who make it."""
    with pytest.raises(Rejected, match=GEMINI) as refusal:
        check_ability("imagen-4.0-fast-generate-001", a_request(), "1:1", "4K")
    assert [pointer for pointer, _ in refusal.value.errors] == ["/image_size"]


def test_what_is_left_out_or_put_off_asks_for_nothing() -> None:
    """A seed of 0 is a seed."""
    check_ability(GEMINI, a_request(negative_prompt="", watermark=True), "1:1", "4K")
    with pytest.raises(Rejected):
        check_ability(GEMINI, a_request(seed=0), "1:1", None)


def test_each_fallback_must_be_able_to_do_what_is_asked() -> None:
    """The pointer says which of them cannot, and the text what."""
    asked = a_request(seed=7, image_size="2K", fallback=["ultra", "nanobanana", "fast"])
    with pytest.raises(Rejected) as refusal:
        checked_fallback(asked, "1:1")
    assert [pointer for pointer, _ in refusal.value.errors] == ["/fallback/1", "/fallback/1", "/fallback/2"]
    assert "nanobanana does not know it (/seed)" in refusal.value.detail
    able = a_request(seed=7, image_size="2K", fallback=["ultra", "standard"])
    assert checked_fallback(able, "1:1") == ("imagen-4.0-ultra-generate-001", "imagen-4.0-generate-001")


def test_a_fallback_that_nobody_knows_is_refused() -> None:
    """By its place in the list."""
    with pytest.raises(Rejected) as refusal:
        checked_fallback(a_request(fallback=["fast", "dall-e"]), "1:1")
    assert refusal.value.errors[0][0] == "/fallback/1"
