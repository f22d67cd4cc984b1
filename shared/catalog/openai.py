"""Models by the names that clients of OpenAI's images API know."""

import re
from functools import cache
from typing import Any, Literal

import msgspec

from shared.catalog import catalog
from shared.catalog.loading import CatalogError, parsed

Answers = Literal["url", "b64_json"]
SNAPSHOT = re.compile(r"-\d{4}-\d{2}-\d{2}")  # of a model, as it was on that day
USUAL = "usual"


class Named(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one of their names stands for."""

    answers: Answers
    models: dict[str, str]  # by quality


class Names(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of them."""

    names: dict[str, Named]
    edit: str  # ours, that changes pictures
    inpaint: str  # ours, that paints inside a mask

    def named(self, name: str) -> Named | None:
        """What the name, or a snapshot's, stands for; None: it is none of theirs."""
        return self.names.get(name) or self.names.get(SNAPSHOT.sub("", name))


@cache
def openai_names() -> Names:
    """The table."""
    return read_names(parsed("openai.yaml"))


def read_names(content: Any) -> Names:
    """The table that the content of openai.yaml describes.

    Raises:
        CatalogError: it is wrong, or names a model that there is not.
    """
    try:
        found = msgspec.convert(content, Names)
    except msgspec.ValidationError as exc:
        raise CatalogError(f"openai.yaml: {exc}") from exc
    known = catalog().aliases.keys() | catalog().models.keys()
    ours = {found.edit, found.inpaint, *(model for named in found.names.values() for model in named.models.values())}
    if wrong := ours - known:
        raise CatalogError(f"openai.yaml: {', '.join(sorted(wrong))}: models.yaml has no such model")
    if wrong := {name for name, named in found.names.items() if USUAL not in named.models}:
        raise CatalogError(f"openai.yaml: names: {', '.join(sorted(wrong))}: models: must have one for {USUAL}")
    return found
