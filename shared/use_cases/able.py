"""Which model changes a picture for who names none, as clients of an older service that had one for it."""

from collections.abc import Iterator

from shared.catalog import Model, catalog
from shared.catalog.abilities import wrongs
from shared.catalog.sizes import wanted
from shared.domain.request import AspectRatio, JobRequest
from shared.use_cases.wording import usual_ratio


def able(request: JobRequest, default: str, ratio: AspectRatio) -> tuple[str, Model]:
    """The id of a model, and it: the default or, where that cannot start from the request's pictures, one that can.

    The default's successors come first, then all others as the catalogue has them. Where none can, it is the default:
    its refusal says why.

    Raises:
        Rejected: there is no such default.
    """
    model_id, model = catalog().resolve(default)
    if not request.references or _can(model_id, model, request, ratio):
        return model_id, model
    others = ((name, catalog().models[name]) for name in _others(model_id))
    return next((found for found in others if _can(*found, request, ratio)), (model_id, model))


def _can(model_id: str, model: Model, request: JobRequest, ratio: AspectRatio) -> bool:
    aspect_ratio, image_size = wanted(model, request, usual_ratio(request, model, ratio))
    return not model.retired and not any(wrongs(model_id, request, aspect_ratio, image_size))


def _others(model_id: str) -> Iterator[str]:
    models = catalog().models
    successor = models[model_id].successor
    while successor:  # they lead in no circle, or the catalogue would not have been loaded
        yield successor
        successor = models[successor].successor
    yield from models
