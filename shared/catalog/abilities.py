"""What a request asks of a model beyond its prompt, and whether a model can do it.

The names of abilities are those of the request's fields, but for `no_watermark` (a watermark left out), `edit` (to
start from a reference) and `upscale`.
"""

from collections.abc import Iterator

from shared.catalog import Model, catalog
from shared.catalog.edits import wrong_edits
from shared.domain.errors import Rejected
from shared.domain.request import AspectRatio, ImageSize, JobRequest

Wrong = tuple[str, str]  # a pointer into the request, and what is wrong there
MASKED = frozenset({"edit_mode", "mask_mode", "mask_classes", "mask_dilation", "guidance_scale", "edit_steps"})


def check_ability(model_id: str, request: JobRequest, aspect_ratio: AspectRatio, image_size: ImageSize | None) -> None:
    """That the model can do what is asked.

    Raises:
        Rejected: 400, with a pointer to each field, and which models could do all of it.
    """
    errors = list(wrongs(model_id, request, aspect_ratio, image_size))
    if not errors:
        return
    able = [
        other
        for other, model in catalog().models.items()
        if not model.retired and not any(wrongs(other, request, aspect_ratio, image_size))
    ]
    others = f" These models can: {', '.join(able)}." if able else _in_parts(model_id, request)
    where = "; ".join(f"{pointer}: {text}" for pointer, text in errors)
    raise Rejected(400, "unsupported_by_model", f"The model cannot do this: {where}.{others}", errors=tuple(errors))


def _in_parts(model_id: str, request: JobRequest) -> str:
    """Which models know what this one does not, where none can do all of it."""
    models = catalog().models
    if len(request.references) < models[model_id].min_references:
        return ""  # it can, once it has what it works on
    lacking = [(pointer, ability) for pointer, ability in asked(request) if ability not in models[model_id].can]
    known = [
        f" {pointer} is known to {', '.join(names)}."
        for pointer, ability in lacking
        if (names := [name for name, model in models.items() if ability in model.can and not model.retired])
    ]
    return " No model here can do all of it." + "".join(known)


def checked_fallback(request: JobRequest, aspect_ratio: AspectRatio) -> tuple[str, ...]:
    """The ids of the models that the request allows to go on with; each can do what is asked.

    Raises:
        Rejected: 400, with a pointer to each that cannot, or that is none; 410, one is gone.
    """
    models = tuple(catalog().resolve(name, f"/fallback/{at}")[0] for at, name in enumerate(request.fallback))
    errors = [
        (f"/fallback/{at}", f"{text} ({pointer})")
        for at, model in enumerate(models)
        for pointer, text in wrongs(model, request, aspect_ratio, request.image_size)
    ]
    if errors:
        where = "; ".join(f"{pointer}: {text}" for pointer, text in errors)
        text = f"A fallback must be able to do all that is asked of the model: {where}."
        raise Rejected(400, "unsupported_by_model", text, errors=tuple(errors))
    return models


def wrongs(
    model_id: str, request: JobRequest, aspect_ratio: AspectRatio, image_size: ImageSize | None
) -> Iterator[Wrong]:
    """What of the request the model cannot do."""
    model = catalog().models[model_id]
    if request.n > model.max_images:
        yield "/n", f"{model_id} makes at most {model.max_images} images a job"
    if aspect_ratio not in model.aspect_ratios:
        yield "/aspect_ratio", f"{model_id} makes {', '.join(model.aspect_ratios)}"
    if image_size and image_size not in model.prices:
        yield "/image_size", f"{model_id} makes {', '.join(model.prices)}"
    yield from _references(model_id, model, request)
    for pointer, ability in asked(request):
        if ability not in model.can and (ability != "edit" or model.max_references):  # else that is said already
            yield pointer, f"{model_id} does not know it"
    if "mask" in model.can:
        yield from wrong_edits(request)


def _references(model_id: str, model: Model, request: JobRequest) -> Iterator[Wrong]:
    count = len(request.references)
    if count > model.max_references:
        most = f"at most {model.max_references} reference images, not {count}"
        yield "/references", f"{model_id} takes {most if model.max_references else 'no reference images'}"
    if count < model.min_references:
        yield "/references", f"{model_id} needs at least {model.min_references}: it works on a given image"


def asked(request: JobRequest) -> Iterator[tuple[str, str]]:
    """A pointer and the ability for each that the request asks for."""
    if request.negative_prompt:
        yield "/negative_prompt", "negative_prompt"
    if request.seed is not None:
        yield "/seed", "seed"
    if request.watermark is not None:
        yield "/watermark", "watermark" if request.watermark else "no_watermark"
    if request.mask:
        yield "/mask", "mask"
    if request.references and request.job_type != "upscale":
        yield "/references", "edit"
    if request.job_type == "upscale":
        yield "/job_type", "upscale"
    for name in request.provider_options.__struct_fields__:
        if getattr(request.provider_options, name) is None:
            continue
        ability = "mask" if name in MASKED else "upscale" if name == "upscale_factor" else name
        yield f"/provider_options/{name}", ability
