"""What a job would cost, and what there is to know before it is asked for; nothing is stored."""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from shared.catalog import catalog, price
from shared.catalog.styles import style_of
from shared.domain.deprecation import NOTICE
from shared.domain.request import AspectRatio, ImageSize, JobRequest

if TYPE_CHECKING:
    from shared.use_cases.plan import Plan


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of POST /v1/estimate; money is in micro-USD, None where it is not known."""

    model_requested: str | None
    model: str
    provider: str
    currency: str = "USD"
    estimated_micros: int | None
    per_image_micros: int | None
    images: int
    image_size: ImageSize
    aspect_ratio: AspectRatio
    prompt_used: str
    prompt_changed_by: tuple[str, ...]
    notes: tuple[str, ...]


def estimate(request: JobRequest, plan: "Plan", today: date) -> Estimate:
    """What the plan of a request comes to, on that day."""
    model = catalog().models[plan.model]
    size = plan.image_size if plan.image_size in model.prices else None
    return Estimate(
        model_requested=request.model,
        model=plan.model,
        provider=plan.provider,
        estimated_micros=plan.estimated_micros,
        per_image_micros=price(model, size, 1),
        images=request.n,
        image_size=size or model.usual_size,
        aspect_ratio=plan.aspect_ratio,
        prompt_used=plan.wording.prompt if plan.wording else request.prompt,
        prompt_changed_by=plan.wording.changed_by if plan.wording else (),
        notes=tuple(_notes(request, plan, today)),
    )


def _notes(request: JobRequest, plan: "Plan", today: date) -> Iterator[str]:
    models = catalog().models
    model, named = models[plan.model], models.get(request.model or "")
    if named and named.retired:
        yield f"{request.model} was switched off on {named.sunset}: {catalog().resolve(request.model or '')[0]} runs."
    if model.sunset and model.sunset - NOTICE <= today:
        when = "is announced as switched off since" if model.sunset <= today else "will be switched off on"
        after = f"{model.successor} goes on, at its own price" if model.successor else "nothing takes its place"
        yield f"{plan.model} {when} {model.sunset}; where it is gone, {after}."
    if plan.estimated_micros is None:
        yield f"The price of {plan.model} at this size is not known."
    style = style_of(request.style)
    if style and style.negative_prompt and plan.wording and plan.wording.negative_prompt is None:
        yield f"{plan.model} knows no negative prompt: what the style {request.style} has of it is left out."
    if plan.provider == "placeholder":
        yield "A placeholder is painted: no model is asked."
