"""Reading the catalogue's files."""

from datetime import date
from typing import Any

import pytest

from shared.catalog import catalog
from shared.catalog.loading import CatalogError, parsed, read_models
from shared.domain.errors import Rejected

MODEL = {
    "provider": "imagen", "prices": {"1K": 1}, "max_images": 1, "aspect_ratios": ["1:1"], "mime_types": ["image/png"],
}  # fmt: skip


def content(**changes: Any) -> dict[str, Any]:
    """A catalogue of the models `a` and, its successor, `b`; with changes to `a`."""
    return {"aliases": {"fast": "a"}, "models": {"a": {**MODEL, "successor": "b", **changes}, "b": MODEL}}


WRONG: list[tuple[dict[str, Any], str]] = [
    (content(successor="c"), "models: a: successor: c is no model of this file"),
    (content(successor="a"), "models: a: successor: leads in a circle, a → a"),
    (content(prices={"3K": 1}), "models: a: Invalid enum value '3K'"),
    (content(prices={}), "models: a: prices: must name one size"),
    (content(prices={"1K": -1}), "models: a: prices: must be 0 or more"),
    (content(prices={"1K": "free"}), r"models: a: .*got `str` - at `\$.prices"),
    (content(min_references=1), "models: a: max_references: must be 1 or more"),
    (content(can=["seed", "fly"]), "models: a: can: there is no fly"),
    (content(sunset="soon"), r"models: a: .* at `\$.sunset`"),
    (content(retired=True), "models: a: sunset: a retired model has one"),
    (content(size=1), "models: a: .*unknown field `size`"),
    (content() | {"aliases": {"fast": "c"}}, "aliases: fast: c is no model of this file"),
    (content() | {"aliases": {"a": "b"}}, "aliases: a: a model has this id"),
    (content() | {"aliases": ["a"]}, "aliases: Expected `object`"),
    ({"aliases": {}}, "models is missing"),
]


@pytest.mark.parametrize(("wrong", "text"), WRONG)
def test_what_is_wrong_is_said_with_its_place(wrong: dict[str, Any], text: str) -> None:
    """The file, the entry and the field."""
    with pytest.raises(CatalogError, match=f"^models.yaml: {text}"):
        read_models(wrong)


def test_a_longer_circle_is_found() -> None:
    """From wherever it is entered."""
    models = {name: MODEL | {"successor": after} for name, after in [("a", "b"), ("b", "c"), ("c", "b")]}
    with pytest.raises(CatalogError, match="models: a: successor: leads in a circle, a → b → c → b"):
        read_models({"aliases": {}, "models": models})


def test_the_file_that_ships_is_right() -> None:
    """Every retired id that was once in use leads to a model that is tried."""
    gone = {name for name, model in read_models(parsed("models.yaml")).models.items() if model.retired}
    assert gone >= {"imagegeneration@002", "imagegeneration@005", "imagegeneration@006", "imagen-3.0-generate-002",
                    "gemini-2.0-flash-preview-image-generation", "gemini-2.5-flash-image-preview"}  # fmt: skip
    assert all(not catalog().resolve(name)[1].retired for name in gone)


def test_a_model_in_doubt_is_tried() -> None:
    """Imagen 4 was announced as over, and a report has it answer still."""
    for alias, successor in [("fast", "gemini-3.1-flash-image"), ("ultra", "gemini-3-pro-image")]:
        model = catalog().resolve(alias)[1]
        assert (model.retired, model.sunset, model.successor) == (False, date(2026, 6, 30), successor)


def test_a_model_that_is_gone_for_good_says_so() -> None:
    """410, with the day: there is nothing to run in its place."""
    models = read_models(content(retired=True, sunset=date(2026, 6, 30), successor=None))
    with pytest.raises(Rejected, match="a was switched off on 2026-06-30 and has no successor") as refusal:
        models.resolve("fast")
    assert (refusal.value.status, refusal.value.code) == (410, "model_retired")
