"""A variation: a new job that starts from an image of one that has completed, and is like it but for what is asked."""

from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from shared.domain.inputs import Reference
from shared.domain.job import Job
from shared.domain.request import (
    MAX_PROMPT,
    AspectRatio,
    ImageSize,
    JobRequest,
    LabelKey,
    LabelValue,
    MimeType,
    ModelName,
    Name,
    Priority,
    Prompt,
    ProviderOptions,
    Webhook,
)

PLACEMENT = ("project_id", "branch_id", "scene_id", "shot_id", "labels")
STARTS_OTHERWISE = frozenset({"edit", "inpaint", "upscale"})  # types that say what is done to a given image
# Taken over from the source where the model knows it.
LIKE_THE_SOURCE = ("negative_prompt", "style", "enhance", "mime_type", "compression", "thumbnail")


class VariationRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The body of POST /v1/jobs/{id}/variations; what is left out is as in that job, but for the seed and the model."""

    index: Annotated[int, Meta(ge=0, le=9)] = 0  # of the job's image
    prompt: Prompt | None = None
    negative_prompt: Annotated[str, Meta(max_length=MAX_PROMPT)] | None = None
    style: Name | None = None
    n: Annotated[int, Meta(ge=1, le=10)] = 1
    seed: Annotated[int, Meta(ge=0, le=2**32 - 1)] | None = None
    model: ModelName | None = None
    aspect_ratio: AspectRatio | None = None
    image_size: ImageSize | None = None
    mime_type: MimeType | None = None
    watermark: bool | None = None
    provider_options: ProviderOptions = ProviderOptions()
    labels: Annotated[dict[LabelKey, LabelValue], Meta(max_length=32)] | None = None
    priority: Priority = "interactive"
    deadline: Annotated[datetime, Meta(tz=True)] | None = None
    webhook: Webhook | None = None

    def fingerprint(self, job_id: str) -> str:
        """SHA-256 in hex of what is asked of that job, however the source looks by then."""
        what = ("variation", job_id, msgspec.to_builtins(self))
        return sha256(msgspec.json.encode(what, order="deterministic")).hexdigest()


def varied(source: Job, wanted: VariationRequest, model: str) -> tuple[JobRequest, frozenset[str]]:
    """The request for a variation by `model`, and which of its fields are only there because the source has them."""
    asked = {name: getattr(wanted, name) for name in wanted.__struct_fields__ if getattr(wanted, name) is not None}
    del asked["index"]
    like = {name: getattr(source, name) for name in LIKE_THE_SOURCE} | _size(source, wanted)
    if wanted.mime_type:
        del like["compression"]
    like = {name: value for name, value in like.items() if name not in asked}
    fields: dict[str, Any] = {"prompt": source.prompt} | {name: getattr(source, name) for name in PLACEMENT}
    fields["job_type"] = "image" if source.job_type in STARTS_OTHERWISE else source.job_type
    references = (Reference(job_id=source.id, index=wanted.index),)
    request = JobRequest(**fields | like | asked | {"model": model, "references": references, "cache": "off"})
    return request, frozenset(like)


def without(request: JobRequest, names: frozenset[str]) -> JobRequest:
    """The request with these fields at their defaults."""
    plain = JobRequest(prompt=request.prompt)
    return msgspec.structs.replace(request, **{name: getattr(plain, name) for name in names})


def _size(source: Job, wanted: VariationRequest) -> dict[str, Any]:
    """As the source was asked for: by its width and height, or by ratio and size."""
    if source.width and not wanted.aspect_ratio:
        return {"width": source.width, "height": source.height, "fit": source.fit}
    return {"aspect_ratio": source.aspect_ratio, "image_size": source.image_size}
