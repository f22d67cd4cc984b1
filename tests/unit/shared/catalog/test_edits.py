"""Which pictures go together in an edit: refused at submit where they do not."""

from typing import Any

import pytest

from shared.catalog.abilities import check_ability
from shared.domain.errors import Rejected
from tests.builders import a_request

EDITING = "imagen-3.0-capability-001"
RAW = {"url": "https://example.test/a.png"}
MASK = {"url": "https://example.test/mask.png"}
STYLE = {**RAW, "type": "style"}


def _asked(references: list[dict[str, Any]], mask: dict[str, Any] | None, options: dict[str, Any]) -> list[str]:
    request = a_request(references=references, provider_options=options, **({"mask": mask} if mask else {}))
    try:
        check_ability(EDITING, request, "1:1", None)
    except Rejected as refusal:
        return [pointer for pointer, _ in refusal.errors]
    return []


@pytest.mark.parametrize(
    ("references", "mask", "options", "wrong"),
    [
        ([RAW, RAW], None, {}, "/references"),
        ([STYLE], MASK, {}, "/references"),
        ([RAW, STYLE, STYLE, STYLE], MASK, {}, "/references"),
        ([RAW], MASK, {"mask_mode": "background"}, "/mask"),
        ([RAW], None, {"mask_mode": "user_provided"}, "/mask"),
        ([RAW], None, {"mask_mode": "semantic"}, "/provider_options/mask_classes"),
        ([RAW], MASK, {"mask_classes": [7]}, "/provider_options/mask_classes"),
        ([RAW], MASK, {"edit_mode": "default"}, "/provider_options/edit_mode"),
        ([RAW], None, {"edit_mode": "outpaint"}, "/provider_options/edit_mode"),
    ],
)
def test_what_does_not_go_together_is_refused(
    references: list[dict[str, Any]], mask: dict[str, Any] | None, options: dict[str, Any], wrong: str
) -> None:
    """By the field at fault."""
    assert _asked(references, mask, options) == [wrong]


@pytest.mark.parametrize(
    ("references", "mask", "options"),
    [
        ([RAW], None, {}),
        ([STYLE] * 4, None, {}),
        ([RAW, STYLE, STYLE], MASK, {}),
        ([RAW], None, {"edit_mode": "background_swap"}),
        ([RAW], None, {"edit_mode": "inpaint_insertion", "mask_mode": "semantic", "mask_classes": [7]}),
        ([RAW], None, {"edit_mode": "default"}),
    ],
)
def test_what_goes_together_is_taken(
    references: list[dict[str, Any]], mask: dict[str, Any] | None, options: dict[str, Any]
) -> None:
    """A mask of the model's own finding needs no picture."""
    assert _asked(references, mask, options) == []
