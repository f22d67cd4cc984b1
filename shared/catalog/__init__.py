"""What models there are and what they can do: data, and its loader."""

from datetime import date
from functools import cache

import msgspec

from shared.domain.errors import Rejected
from shared.domain.request import AspectRatio, ImageSize, MimeType


class Model(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One model, by its id."""

    provider: str
    prices: dict[ImageSize, int | None]  # micro-USD an image, the usual size first; None: unknown
    max_images: int  # a job
    min_references: int = 0
    max_references: int = 0
    aspect_ratios: tuple[AspectRatio, ...]
    mime_types: tuple[MimeType, ...]  # that it makes itself
    can: tuple[str, ...] = ()
    location: str | None = None  # of Google Cloud, where only one serves it
    deprecated: date | None = None  # its vendor advises against it since then
    sunset: date | None = None  # its vendor switches it off on that day, or did
    successor: str | None = None
    retired: bool = False  # not tried any more

    @property
    def usual_size(self) -> ImageSize:
        """The size of its images where a request does not say."""
        return next(iter(self.prices))


class Catalog(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every model and every other name for one."""

    aliases: dict[str, str]
    models: dict[str, Model]

    def resolve(self, name: str, pointer: str = "/model") -> tuple[str, Model]:
        """The id and the model that `name` stands for; a retired one's successor in its place.

        Raises:
            Rejected: 400, there is none; the text names those there are. 410, it is retired without a successor.
        """
        model_id = self.aliases.get(name, name)
        model = self.models.get(model_id)
        if model is None:
            names = ", ".join([*self.aliases, *(known for known, model in self.models.items() if not model.retired)])
            text = f"there is no model {name!r}; there are {names}"
            raise Rejected(400, "unknown_model", f"{pointer}: {text}.", errors=((pointer, text),))
        if not model.retired:
            return model_id, model
        if model.successor is None:
            text = f"{model_id} was switched off on {model.sunset} and has no successor"
            raise Rejected(410, "model_retired", f"{pointer}: {text}.", errors=((pointer, text),))
        return self.resolve(model.successor, pointer)


@cache
def catalog() -> Catalog:
    """The catalogue that ships with this version.

    Raises:
        CatalogError: its file is wrong.
    """
    from shared.catalog.loading import parsed, read_models

    return read_models(parsed("models.yaml"))


def price(model: Model, image_size: ImageSize | None, images: int) -> int | None:
    """What so many images of that size cost, in micro-USD; None when that is unknown."""
    each = model.prices.get(image_size or model.usual_size)
    return None if each is None else each * images
