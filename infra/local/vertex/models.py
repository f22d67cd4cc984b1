"""The publisher models that are served, and those that were."""

import re
from dataclasses import dataclass, field
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
    tokens: dict[str, int] = field(default_factory=dict)  # an image's, by size
    inputs: int = 14  # pictures in a request at most
    global_only: bool = False


def _imagen(*tasks: str, sizes: tuple[str, ...] = ("1K",)) -> Model:
    return Model("imagen", frozenset(tasks), sizes)


_FLASH = {"512px": 747, "512": 747, "1K": 1120, "2K": 1680, "4K": 2520}
_PRO = {"1K": 1120, "2K": 1120, "4K": 2000}


def _gemini(tokens: dict[str, int] | None = None, inputs: int = 14, *, global_only: bool = False) -> Model:
    sizes = tuple(tokens or ())
    return Model(
        "gemini", sizes=sizes, images=bool(tokens), tokens=tokens or {}, inputs=inputs, global_only=global_only
    )


MODELS: dict[str, Model] = {
    "imagen-4.0-generate-001": _imagen("generate", sizes=("1K", "2K")),
    "imagen-4.0-fast-generate-001": _imagen("generate"),
    "imagen-4.0-ultra-generate-001": _imagen("generate", sizes=("1K", "2K")),
    "imagen-4.0-upscale-preview": _imagen("upscale"),
    "imagen-3.0-capability-001": _imagen("edit"),
    "imagen-3.0-capability-002": _imagen("edit"),
    "gemini-2.5-flash-image": _gemini({"1K": 1290}, 3),
    "gemini-3.1-flash-image": _gemini(_FLASH, global_only=True),
    "gemini-3-pro-image": _gemini(_PRO, global_only=True),
    "gemini-nano-banana-2.1": _gemini({size: _FLASH[size] for size in ("1K", "2K", "4K")}, global_only=True),
    "gemini-3.1-flash-lite-image": _gemini({"1K": 1120}, global_only=True),
    "gemini-2.5-flash": _gemini(),
    "gemini-2.5-pro": _gemini(),
    "gemini-3.1-flash": _gemini(global_only=True),
    "gemini-3-pro": _gemini(global_only=True),
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


def not_found(name: str, method: str) -> Refusal:
    """The refusal of a model that is not, or no longer, served; each of the two APIs says it in its own words."""
    if name.startswith("models/"):
        message = (
            f"{name} is not found for API version v1beta, or is not supported for {method}. "
            "Call ListModels to see the list of available models and their supported methods."
        )
    else:
        message = (
            f"Publisher Model `{name}` was not found or your project does not have access to it. Please ensure you "
            "are using a valid model version. For more information, see: "
            "https://cloud.google.com/vertex-ai/generative-ai/docs/learn/model-versions"
        )
    return Refusal("NOT_FOUND", message)


def developer_target(model_id: str, method: str) -> Target:
    """The model as the Gemini Developer API names it.

    Raises:
        Refusal: NOT_FOUND, as that API says it.
    """
    model = MODELS.get(model_id)
    if model is None or model.family != "gemini":
        raise not_found(f"models/{model_id}", method)
    return Target(f"models/{model_id}", model_id, model)


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
        raise not_found(name, method)
    if model.family != family:
        raise Refusal("INVALID_ARGUMENT", f"{model_id} does not support {method}.")
    return Target(name, model_id, model)
