"""Who changes a picture where nobody is named: the deployment's own model, else one that can."""

from typing import Any

import pytest

from shared.domain.errors import Rejected
from shared.use_cases.able import able
from shared.use_cases.plan import planned
from tests.builders import DEFAULTS, a_request
from tests.fakes.clock import NOON

PICTURE: dict[str, Any] = {"references": [{"url": "https://a.test/i.png"}]}
MASKED = PICTURE | {"mask": {"url": "https://a.test/m.png"}}
CAPABILITY, FLASH = "imagen-3.0-capability-001", "gemini-3.1-flash-image"


@pytest.mark.parametrize(
    ("default", "wishes", "model"),
    [
        ("standard", {}, "imagen-4.0-generate-001"),
        ("standard", PICTURE, FLASH),  # its successor
        ("ultra", PICTURE, "gemini-3-pro-image"),
        (FLASH, PICTURE, FLASH),
        ("standard", MASKED, CAPABILITY),
        (FLASH, MASKED, CAPABILITY),
        (CAPABILITY, MASKED, CAPABILITY),
        ("standard", MASKED | {"width": 1920, "height": 1080, "fit": "cover"}, CAPABILITY),
    ],
)
def test_the_default_or_what_can(default: str, wishes: dict[str, Any], model: str) -> None:
    """Its successors come before the others."""
    found, _ = able(a_request(**wishes), default, "1:1")
    assert found == model


def test_where_none_can_the_default_says_why() -> None:
    """By its own refusal."""
    wishes = MASKED | {"negative_prompt": "fog", "image_size": "4K"}
    assert able(a_request(**wishes), "standard", "1:1")[0] == "imagen-4.0-generate-001"
    with pytest.raises(Rejected, match="/references"):
        planned(a_request(**wishes), DEFAULTS, NOON, lenient=True)


def test_only_who_leaves_the_model_to_us_gets_another() -> None:
    """Whoever names one, and whoever speaks the API itself, is told what it cannot do."""
    assert planned(a_request(**PICTURE), DEFAULTS, NOON, lenient=True).model == FLASH
    for wishes, lenient in ((PICTURE, False), (PICTURE | {"model": "standard"}, True)):
        with pytest.raises(Rejected) as refusal:
            planned(a_request(**wishes), DEFAULTS, NOON, lenient=lenient)
        assert refusal.value.code == "unsupported_by_model"
