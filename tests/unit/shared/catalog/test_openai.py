"""The names of models that clients of OpenAI's images API know."""

from typing import Any, get_args

import pytest
from openai.types import ImageModel

from shared.catalog import catalog
from shared.catalog.loading import CatalogError
from shared.catalog.openai import openai_names, read_names
from shared.use_cases.openai_models import Task, meant

NAMED = {"answers": "url", "models": {"usual": "fast"}}


def content(**changes: Any) -> dict[str, Any]:
    """A table of one name, with changes."""
    return {"names": {"theirs": NAMED}, "edit": "standard", "inpaint": "standard"} | changes


@pytest.mark.parametrize("name", get_args(ImageModel))
def test_every_model_that_the_official_client_knows_is_one_of_ours(name: str) -> None:
    """Snapshots of a day too; those called gpt-image answer with bytes."""
    named = openai_names().named(name)
    assert named is not None
    assert (named.answers == "url") == name.startswith("dall-e")


@pytest.mark.parametrize("task", get_args(Task))
def test_whoever_names_none_of_them_means_ours(task: Task) -> None:
    """By name, or the one that this deployment, or the task, has."""
    assert meant("placeholder", task, "hd") == ("placeholder", "url")
    model = meant(None, task, None).model
    assert (model is None) == (task == "generate")


def test_pictures_are_changed_by_a_model_that_can() -> None:
    """Whichever of their names is given."""
    models = catalog().models
    assert "edit" in models[meant("dall-e-2", "edit", None).model or ""].can
    assert {"edit", "mask"} <= set(models[meant("gpt-image-1", "inpaint", "low").model or ""].can)


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        (content(edit="nobody"), "nobody: models.yaml has no such model"),
        (content(names={"theirs": NAMED | {"models": {"usual": "nobody"}}}), "nobody: models.yaml has no such model"),
        (content(names={"theirs": NAMED | {"models": {"hd": "fast"}}}), "theirs: models: must have one for usual"),
        (content(names={"theirs": NAMED | {"answers": "letters"}}), "Invalid enum value 'letters'"),
        (content(more=1), "unknown field `more`"),
        ([], "Expected `object`"),
    ],
)
def test_a_wrong_table_is_said_to_be_one(wrong: Any, text: str) -> None:
    """With the place in it."""
    with pytest.raises(CatalogError, match=f"openai.yaml: .*{text}"):
        read_names(wrong)
