"""The publisher models that are served, and those that were."""

import re
from dataclasses import dataclass
from typing import Literal

from infra.local.vertex.refusal import Refusal, unimplemented

Family = Literal["imagen", "gemini"]


@dataclass(frozen=True)
class Model:
    """What one model can do."""

    family: Family
    tasks: frozenset[str] = frozenset()  # of Imagen: generate, edit, upscale
    sizes: tuple[str, ...] = ("1K",)
    images: bool = False  # of Gemini: whether it answers with images
    global_only: bool = False


def _imagen(*tasks: str, sizes: tuple[str, ...] = ("1K",)) -> Model:
    return Model("imagen", frozenset(tasks), sizes)


_GEMINI_SIZES = ("512px", "1K", "2K", "4K")

MODELS: dict[str, Model] = {
    "imagen-4.0-generate-001": _imagen("generate", sizes=("1K", "2K")),
    "imagen-4.0-fast-generate-001": _imagen("generate"),
    "imagen-4.0-ultra-generate-001": _imagen("generate", sizes=("1K", "2K")),
    "imagen-4.0-upscale-preview": _imagen("upscale"),
    "imagen-3.0-capability-001": _imagen("edit"),
    "imagen-3.0-capability-002": _imagen("edit"),
    "gemini-2.5-flash-image": Model("gemini", images=True),
    "gemini-3.1-flash-image": Model("gemini", sizes=_GEMINI_SIZES, images=True, global_only=True),
    "gemini-3-pro-image": Model("gemini", sizes=("1K", "2K", "4K"), images=True, global_only=True),
    "gemini-2.5-flash": Model("gemini"),
    "gemini-2.5-pro": Model("gemini"),
    "gemini-3.1-flash": Model("gemini", global_only=True),
    "gemini-3-pro": Model("gemini", global_only=True),
}

# Switched off: they answer as a model that never was.
RETIRED = (
    "imagegeneration@002", "imagegeneration@005", "imagegeneration@006", "imagen-3.0-generate-001",
    "imagen-3.0-generate-002", "imagen-3.0-fast-generate-001", "imagen-4.0-generate-preview-06-06",
    "gemini-2.0-flash-preview-image-generation", "gemini-2.5-flash-image-preview",
)  # fmt: skip

_NAME = re.compile(r"projects/([^/]+)/locations/([^/]+)/publishers/google/models/([^/]+)")


@dataclass(frozen=True)
class Target:
    """The model that a call is for, with what the call's path says of it."""

    name: str  # in full
    id: str
    model: Model


def not_found(name: str) -> Refusal:
    """The refusal of a model that is not, or no longer, served."""
    return Refusal(
        "NOT_FOUND",
        f"Publisher Model `{name}` was not found or your project does not have access to it. Please ensure you are "
        "using a valid model version. For more information, see: "
        "https://cloud.google.com/vertex-ai/generative-ai/docs/learn/model-versions",
    )


def target(name: str, family: Family, method: str) -> Target:
    """The model by its full name, `projects/P/locations/L/publishers/google/models/M`.

    Raises:
        Refusal: UNIMPLEMENTED for what is no publisher model, NOT_FOUND for an unknown, retired or elsewhere
            served one, INVALID_ARGUMENT for one of the other family.
    """
    if not (parts := _NAME.fullmatch(name)):
        raise unimplemented(f"{method} on {name or 'an empty endpoint'}: all but publishers/google/models")
    _, location, model_id = parts.groups()
    model = MODELS.get(model_id)
    if model is None or (model.global_only and location != "global"):
        raise not_found(name)
    return Target(name, model_id, checked(model, family, model_id, method))


def checked(model: Model, family: Family, model_id: str, method: str) -> Model:
    """The model, when it is one of `family`.

    Raises:
        Refusal: INVALID_ARGUMENT, as a model of the other kind answers `method`.
    """
    if model.family != family:
        raise Refusal("INVALID_ARGUMENT", f"{model_id} does not support {method}.")
    return model
