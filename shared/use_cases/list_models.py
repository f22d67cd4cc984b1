"""The catalogue as its users see it: every model, at what price, with what it can do and how long it stays."""

from datetime import date

import msgspec

from shared.catalog import catalog
from shared.catalog.styles import Style, styles
from shared.domain.request import AspectRatio, ImageSize, MimeType


class ListedModel(msgspec.Struct, frozen=True, kw_only=True):
    """One model of GET /v1/models."""

    id: str
    provider: str
    aliases: tuple[str, ...]  # other names for it
    default: bool  # whether a request that names no model gets it
    prices_micros: dict[ImageSize, int | None]  # micro-USD an image, None: unknown
    image_sizes: tuple[ImageSize, ...]  # the usual one first
    aspect_ratios: tuple[AspectRatio, ...]
    mime_types: tuple[MimeType, ...]
    max_images: int  # a job
    min_references: int
    max_references: int
    capabilities: tuple[str, ...]  # what of a request it knows beyond the prompt
    location: str | None
    deprecated: date | None
    sunset: date | None
    days_left: int | None  # to the sunset; below 0 after it
    retired: bool  # not tried any more: its successor runs in its place
    successor: str | None


class ModelList(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of GET /v1/models."""

    currency: str = "USD"
    default: str  # a model or an alias
    aliases: dict[str, str]
    models: tuple[ListedModel, ...]


class ListedStyle(msgspec.Struct, frozen=True, kw_only=True):
    """One style of GET /v1/styles."""

    id: str
    description: str
    modifiers: str
    negative_prompt: str | None
    aspect_ratio: AspectRatio | None


class StyleList(msgspec.Struct, frozen=True):
    """The answer of GET /v1/styles."""

    styles: tuple[ListedStyle, ...]


def list_models(default: str, today: date) -> ModelList:
    """Every model there is on that day, where `default` is the model or alias that requests get by default."""
    aliases = catalog().aliases
    shown = [_listed(name, aliases.get(default, default), today) for name in catalog().models]
    return ModelList(default=default, aliases=aliases, models=tuple(shown))


def list_styles() -> StyleList:
    """Every style that a request may name."""
    return StyleList(tuple(_style(name, style) for name, style in styles().items()))


def _listed(name: str, default: str, today: date) -> ListedModel:
    model = catalog().models[name]
    return ListedModel(
        id=name,
        provider=model.provider,
        aliases=tuple(alias for alias, target in catalog().aliases.items() if target == name),
        default=name == default,
        prices_micros=model.prices,
        image_sizes=tuple(model.prices),
        aspect_ratios=model.aspect_ratios,
        mime_types=model.mime_types,
        max_images=model.max_images,
        min_references=model.min_references,
        max_references=model.max_references,
        capabilities=model.can,
        location=model.location,
        deprecated=model.deprecated,
        sunset=model.sunset,
        days_left=(model.sunset - today).days if model.sunset else None,
        retired=model.retired,
        successor=model.successor,
    )


def _style(name: str, style: Style) -> ListedStyle:
    return ListedStyle(id=name, **msgspec.structs.asdict(style))
