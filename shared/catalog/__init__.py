"""What models there are and what they can do: data, and its loader."""

from functools import cache
from pathlib import Path

import msgspec

from shared.domain.errors import Rejected
from shared.domain.request import AspectRatio, JobRequest, MimeType


class Model(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One model, by its id."""

    provider: str
    price_micros: int | None  # an image; None: unknown
    max_images: int  # a job
    aspect_ratios: tuple[AspectRatio, ...]
    mime_types: tuple[MimeType, ...]
    cannot: tuple[str, ...] = ()  # fields of a request that it does not know


class Catalog(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every model and every other name for one."""

    aliases: dict[str, str]
    models: dict[str, Model]

    def resolve(self, name: str) -> tuple[str, Model]:
        """The id and the model that `name` stands for.

        Raises:
            Rejected: 400, there is none; the text names those there are.
        """
        model_id = self.aliases.get(name, name)
        model = self.models.get(model_id)
        if model is None:
            names = ", ".join([*self.aliases, *self.models])
            text = f"there is no model {name!r}; there are {names}"
            raise Rejected(400, "unknown_model", f"/model: {text}.", errors=(("/model", text),))
        return model_id, model


@cache
def catalog() -> Catalog:
    """The catalogue that ships with this version."""
    import yaml

    text = Path(__file__).with_name("models.yaml").read_text()
    return msgspec.convert(yaml.load(text, yaml.CSafeLoader), Catalog)


def price(model: Model, images: int) -> int | None:
    """What so many images of the model cost, in micro-USD; None when that is unknown."""
    return None if model.price_micros is None else model.price_micros * images


def check_ability(model_id: str, model: Model, request: JobRequest, aspect_ratio: str) -> None:
    """That the model can do what is asked.

    Raises:
        Rejected: 400, with a pointer to each field and what could be asked instead.
    """
    errors = []
    if request.n > model.max_images:
        errors.append(("/n", f"{model_id} makes at most {model.max_images} images a job"))
    if aspect_ratio not in model.aspect_ratios:
        errors.append(("/aspect_ratio", f"{model_id} makes {', '.join(model.aspect_ratios)}"))
    if request.mime_type not in model.mime_types:
        errors.append(("/mime_type", f"{model_id} makes {', '.join(model.mime_types)}"))
    asked = (field for field in model.cannot if getattr(request, field) not in {None, ""})
    errors += [(f"/{field}", f"{model_id} does not know it") for field in asked if getattr(request, field) is not False]
    if errors:
        where = "; ".join(f"{pointer}: {text}" for pointer, text in errors)
        raise Rejected(400, "unsupported_by_model", f"The model cannot do this: {where}.", errors=tuple(errors))
