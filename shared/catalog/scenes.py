"""How scenes are asked for: the models that write, what they are told, and the music-video endpoints' defaults."""

from functools import cache
from typing import Any, Literal

import msgspec

from shared.catalog.loading import CatalogError, parsed
from shared.domain.request import AspectRatio
from shared.domain.text_price import TextPrice

FILE = "scenes.yaml"


class TextModel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model that writes."""

    price: TextPrice | None = None  # None: unknown
    location: str | None = None  # of Google Cloud, where only one serves it


class MvDefaults(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Fields of the music-video endpoints where they are left out."""

    character_description: str
    character_characteristics: str
    number_of_scenes: int
    video_type: str
    video_characteristics: str
    camera_angle: str
    aspect_ratio: AspectRatio
    safety_filter_level: str
    person_generation: str
    output_format: Literal["png", "jpg", "webp"]
    num_images: int


class MvTemplates(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the music-video endpoints make of their fields."""

    defaults: MvDefaults
    scenes: str
    character: str
    reference: str


class Scenes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file."""

    usual: str
    models: dict[str, TextModel]
    instruction: str
    style: str
    characters: str
    mv: MvTemplates


@cache
def scenes() -> Scenes:
    """What is said of scenes.

    Raises:
        CatalogError: the file is wrong.
    """
    return read_scenes(parsed(FILE))


def read_scenes(content: Any) -> Scenes:
    """What the content of scenes.yaml describes.

    Raises:
        CatalogError: it cannot be meant.
    """
    try:
        found = msgspec.convert(content, Scenes)
    except msgspec.ValidationError as exc:
        raise CatalogError(f"{FILE}: {exc}") from exc
    if found.usual not in found.models:
        raise CatalogError(f"{FILE}: usual: {found.usual} is none of its models")
    try:
        found.instruction.format(idea="", count=1, style="", characters="")
        found.style.format(style="")
        found.characters.format(characters="")
        values = msgspec.structs.asdict(found.mv.defaults)
        for template in (found.mv.scenes, found.mv.character, found.mv.reference):
            template.format(idea="", character="", **values)
    except (KeyError, IndexError, ValueError) as exc:
        raise CatalogError(f"{FILE}: a template has a place that nothing fills: {exc!r}") from exc
    return found
