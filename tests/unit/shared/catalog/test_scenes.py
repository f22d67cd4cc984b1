"""What writers are told, and what is wrong with a file that says so."""

from copy import deepcopy
from typing import Any

import pytest

from shared.catalog.loading import CatalogError, parsed
from shared.catalog.scenes import FILE, read_scenes, scenes
from shared.config import Settings
from shared.use_cases.scenes import estimated
from shared.use_cases.submit_storyboard import writer_of


def test_the_file_that_ships_can_be_used() -> None:
    """Its usual model has a price."""
    assert scenes().models[scenes().usual].price


def test_an_estimate_is_by_the_words_and_the_scenes() -> None:
    """In micro-USD; unknown for a model without a price, and for one that nobody knows."""
    assert estimated("gemini-2.5-flash", "x" * 4000, 5) == 300 + 5000
    assert estimated("gemini-3-pro", "x", 5) is None
    assert estimated("no-such", "x", 5) is None


@pytest.mark.parametrize(
    ("settings", "writer"),
    [
        ({}, ("gemini", "gemini-2.5-flash")),
        ({"scene_model": "gemini-3-pro"}, ("gemini", "gemini-3-pro")),
        ({"scene_writer": "local", "scene_model": "gemini-3-pro"}, ("local", "local")),
        ({"use_real_image": False}, ("local", "local")),
    ],
)
def test_settings_say_who_writes(settings: dict[str, Any], writer: tuple[str, str]) -> None:
    """Without real images, scenes are not real either."""
    assert writer_of(Settings(**settings)) == writer


@pytest.mark.parametrize(
    ("path", "value", "why"),
    [
        (("usual",), "no-such", "usual: no-such"),
        (("instruction",), "Write {count} scenes of {nothing}.", "nothing"),
        (("instruction",), "Write {count scenes", "nothing fills"),
        (("mv", "scenes"), "{idea} {unknown}", "unknown"),
        (("models", "gemini-2.5-flash"), {"price": {"prompt": "much"}}, "price"),
        (("more",), 1, "more"),
    ],
)
def test_a_wrong_file_says_where(path: tuple[str, ...], value: object, why: str) -> None:
    """With the file, before anybody is told anything."""
    content = deepcopy(parsed(FILE))
    place = content
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    with pytest.raises(CatalogError, match=why) as wrong:
        read_scenes(content)
    assert str(wrong.value).startswith(FILE)
