"""OpenAI's images API: a request for images, their bytes or links, and errors, in its words."""

import re
from collections.abc import Mapping
from math import sqrt
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from shared.api.problems import invalid_body
from shared.api.refusals import Refusal
from shared.domain.dialect import Dialect
from shared.domain.errors import Rejected
from shared.domain.inputs import END
from shared.domain.job import Job
from shared.domain.request import JobRequest, ModelName, Prompt
from shared.use_cases.openai_models import Task, meant

if TYPE_CHECKING:
    from shared.use_cases.take_pictures import Taken

OPENAI = Dialect(name="openai", lenient=True)
SIZE = re.compile(r"([1-9]\d{1,3})x([1-9]\d{1,3})")
PIXELS = 800**2  # 1K, the size that every model has, covers so many in whatever ratio is the nearest
NO_RETRY = {"x-should-retry": "false"}  # what its clients would repeat by themselves, in vain
Format = Literal["png", "jpeg", "webp"]

# Our field → its parameter; others are called alike.
PARAMS = {
    "width": "size",
    "height": "size",
    "aspect_ratio": "size",
    "image_size": "size",
    "references": "image",
    "mime_type": "output_format",
    "compression": "output_compression",
}
CODES = {
    "unauthorized": "invalid_api_key",
    "unknown_model": "model_not_found",
    "rate_limited": "rate_limit_exceeded",
    "too_many_waiters": "rate_limit_exceeded",
    "budget_exceeded": "insufficient_quota",
    "daily_images_exhausted": "insufficient_quota",
}
TYPES = {402: "insufficient_quota", 403: "permission_error", 429: "requests"}
TYPES_OF_CODES = {"insufficient_quota": "insufficient_quota"}
REFUSED = "image_generation_user_error"
SERVER_ERROR = "server_error"
STATUSES = {402: 429}  # an empty purse
BAD_REQUEST, INTERNAL = 400, 500


class ImagesRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The body of POST /v1/images/generations; what else is in it does not matter."""

    prompt: Prompt
    model: ModelName | None = None
    n: Annotated[int, Meta(ge=1, le=10)] | None = None
    size: (
        Annotated[
            str,
            Meta(
                pattern=rf"^(auto|[1-9]\d{{1,3}}x[1-9]\d{{1,3}}){END}",
                description="auto, or a width and a height of 64 to 8192 pixels, such as 1536x1024",
            ),
        ]
        | None
    ) = None
    quality: Annotated[str, Meta(max_length=32)] | None = None
    response_format: Literal["url", "b64_json"] | None = None
    output_format: Format | None = None
    output_compression: Annotated[int, Meta(ge=0, le=100)] | None = None
    background: Literal["auto", "opaque"] | None = None
    stream: bool | None = None
    user: Annotated[str, Meta(max_length=255)] | None = None
    safety_identifier: Annotated[str, Meta(max_length=255)] | None = None

    @property
    def user_id(self) -> str | None:
        """On whose behalf."""
        return self.safety_identifier or self.user or None


class ImageAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One image: a link that opens it without credentials for an hour, or its bytes."""

    url: str | UnsetType = UNSET
    b64_json: bytes | UnsetType = UNSET
    revised_prompt: str | UnsetType = UNSET


class ImagesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The images of a request."""

    created: int  # seconds since 1970
    data: tuple[ImageAnswer, ...]
    output_format: Format
    size: str


class ErrorBody(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong."""

    message: str
    type: str
    param: str | None
    code: str | None


class OpenAIError(msgspec.Struct, frozen=True, kw_only=True):
    """Why there are no images."""

    error: ErrorBody


def job_request(asked: ImagesRequest, taken: "Taken | None" = None) -> JobRequest:
    """The job that is asked for; `taken` are the pictures to edit.

    Raises:
        Rejected: 400, no side may be so long, or a stream is asked for.
    """
    if asked.stream:
        text = "must be false: images come when they are done, in one answer"
        raise Rejected(400, "invalid_request", f"/stream {text}.", errors=(("/stream", text),))
    task: Task = "generate" if taken is None else "inpaint" if taken.mask else "edit"
    model = meant(asked.model, task, asked.quality).model
    wanted: dict[str, Any] = {
        "prompt": asked.prompt,
        "n": asked.n or 1,
        "model": model,
        "mime_type": f"image/{asked.output_format or 'png'}",
        "compression": asked.output_compression,
        "cache": "off",
        **_extent(asked, taken),
    }
    try:
        found = msgspec.convert(wanted, JobRequest)
    except msgspec.ValidationError as exc:
        raise invalid_body(exc, JobRequest) from exc
    if taken is None:
        return found
    job_type: Literal["inpaint", "edit"] = "inpaint" if taken.mask else "edit"
    return msgspec.structs.replace(found, job_type=job_type, references=taken.references, mask=taken.mask)


def _extent(asked: ImagesRequest, taken: "Taken | None") -> dict[str, Any]:
    """Exactly the pixels that were asked for; of an edit without a size, about the shape of its picture."""
    if asked.size and (named := SIZE.fullmatch(asked.size)):
        return {"width": int(named[1]), "height": int(named[2]), "fit": "cover"}
    if taken is None:
        return {}
    scale = sqrt(PIXELS / (taken.width * taken.height))
    return {
        name: min(max(round(side * scale), 64), 8192)
        for name, side in (("width", taken.width), ("height", taken.height))
    }


def answers_of(asked: ImagesRequest) -> Literal["url", "b64_json"]:
    """What the images are to come as."""
    return asked.response_format or meant(asked.model, "generate", asked.quality).answers


def revised(job: Job) -> str | UnsetType:
    """What the model was told, where that was not the prompt."""
    told = job.prompt_used or job.told.prompt
    return told if told != job.prompt else UNSET


def failure_of(job: Job, asked: ImagesRequest) -> Refusal:
    """Why a job that ended has no images; nobody need repeat it: its end stays as it is."""
    failure = job.failure
    if failure is None or job.status == "canceled":
        return _refusal(409, "invalid_request_error", "canceled", f"Job {job.id} was {job.status}.")
    message = f"{failure.message} (job {job.id})"
    if failure.safety is not None or failure.code == "safety_blocked":
        newer = meant(asked.model, "generate", None).answers == "b64_json"
        code = "moderation_blocked" if newer else "content_policy_violation"
        return _refusal(BAD_REQUEST, REFUSED, code, message)
    if failure.type == "PERMANENT" and failure.stage in {"validating", "generating"}:
        return _refusal(BAD_REQUEST, "invalid_request_error", failure.code, message)
    return _refusal(INTERNAL, SERVER_ERROR, failure.code, message)


def too_late(job: Job) -> Refusal:
    """The deadline has passed, and the job goes on."""
    message = f"The images are not ready yet. Job {job.id} goes on: GET /v1/jobs/{job.id} says how it stands."
    return _refusal(504, SERVER_ERROR, "timeout", message)


def interrupted(job: Job) -> Refusal:
    """The instance goes before the job has ended; another one answers a repeat, from the same job."""
    message = f"This instance ends before job {job.id} does: repeat the call, which makes no other job."
    return _refusal(503, SERVER_ERROR, "interrupted", message, {"Retry-After": "1"})


def said(rejected: Rejected) -> Refusal:
    """A refusal in its words."""
    code = CODES.get(rejected.code, rejected.code)
    status = STATUSES.get(rejected.status, rejected.status)
    usual = SERVER_ERROR if status >= INTERNAL else "invalid_request_error"
    kind = TYPES_OF_CODES.get(code) or TYPES.get(rejected.status, usual)
    name = rejected.errors[0][0].strip("/").partition("/")[0] if rejected.errors else ""
    error = ErrorBody(message=rejected.detail, type=kind, param=PARAMS.get(name, name) or None, code=code)
    return Refusal(status, OpenAIError(error=error), NO_RETRY if code == "insufficient_quota" else {})


def _refusal(status: int, kind: str, code: str, message: str, headers: Mapping[str, str] = NO_RETRY) -> Refusal:
    return Refusal(status, OpenAIError(error=ErrorBody(message=message, type=kind, param=None, code=code)), headers)
