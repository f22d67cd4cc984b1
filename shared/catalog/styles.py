"""Visual styles: words that a prompt gets added, by id."""

from functools import cache

import msgspec

from shared.catalog.loading import entries, parsed
from shared.domain.errors import Rejected
from shared.domain.request import AspectRatio, Name


class Style(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One style."""

    description: str
    modifiers: str
    negative_prompt: str | None = None
    aspect_ratio: AspectRatio | None = None


@cache
def styles() -> dict[str, Style]:
    """Every style, by its id.

    Raises:
        CatalogError: the file is wrong.
    """
    return entries("styles.yaml", "styles", parsed("styles.yaml"), Style, Name)


def style_of(name: str | None) -> Style | None:
    """The style that a request names; None where it names none.

    Raises:
        Rejected: 400, there is none of that id; the text names those there are.
    """
    if name is None:
        return None
    found = styles().get(name)
    if found is None:
        text = f"there is no style {name!r}; there are {', '.join(styles())}"
        raise Rejected(400, "unknown_style", f"/style: {text}.", errors=(("/style", text),))
    return found
