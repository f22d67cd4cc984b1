"""What a client may ask for, with its bounds; decoding is validating.

The bounds are ours where no source is named: `n` and the placement's alphabet from the design of the API,
`seed` from Imagen's unsigned 32 bits.
"""

from datetime import MAXYEAR, MINYEAR, datetime
from hashlib import sha256
from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta

from shared.domain.errors import Rejected
from shared.domain.inputs import BLANKS, END, URL, Reference, Source, wrong

MAX_PROMPT = 32_000  # characters
MAX_SEED = 2**32 - 1
NAME = rf"^[A-Za-z0-9._-]{{1,128}}{END}"

Prompt = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=MAX_PROMPT,
        pattern=rf"[^{BLANKS}]",
        description=f"a text of 1 to {MAX_PROMPT} characters, not all of them blank",
    ),
]
Name = Annotated[str, Meta(pattern=NAME, description="1 to 128 of the characters A-Z a-z 0-9 . _ -")]
LabelKey = Annotated[str, Meta(pattern=rf"^[a-z][a-z0-9_.-]{{0,62}}{END}")]
LabelValue = Annotated[str, Meta(max_length=128)]
Labels = Annotated[
    dict[LabelKey, LabelValue],
    Meta(
        max_length=32,
        description="at most 32 labels: names of a-z 0-9 . _ -, a letter first, at most 63 characters; "
        "values of at most 128",
    ),
]
JobType = Literal[
    "image",
    "master_asset",
    "start_frame",
    "end_frame",
    "character_reference",
    "cover_art",
    "edit",
    "inpaint",
    "upscale",
    "storyboard",
]
AspectRatio = Literal["1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"]
ImageSize = Literal["512px", "1K", "2K", "4K"]  # as Google's models name them
Side = Annotated[int, Meta(ge=64, le=8192)]  # pixels
# none: the provider's picture as it is · cover: scaled and cropped to width × height · contain: scaled to lie within
Fit = Literal["none", "cover", "contain"]
MimeType = Literal["image/png", "image/jpeg", "image/webp"]
ModelName = Annotated[str, Meta(min_length=1, max_length=128)]
Priority = Literal["interactive", "batch"]
# reuse: equal pixels made before serve this job too · refresh: made anew, for later ones · off: neither
Cache = Literal["reuse", "refresh", "off"]
EventType = Literal[
    "job.processing", "job.generating", "job.uploading", "job.queued", "job.completed", "job.failed", "job.canceled"
]
BatchEventType = Literal["batch.completed", "batch.completed_with_failures", "batch.failed", "batch.canceled"]
ENDS: tuple[EventType, ...] = ("job.completed", "job.failed", "job.canceled")


Url = Annotated[
    str,
    Meta(
        pattern=URL,
        max_length=2048,
        description="an http or https address of at most 2048 characters",
    ),
]


class Webhook(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Whom to tell of the job's changes."""

    url: Url
    events: Annotated[
        tuple[EventType, ...],
        Meta(min_length=1, max_length=7, description=f"a list of 1 to 7 of {', '.join(get_args(EventType))}"),
    ] = ENDS


class BatchWebhook(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Whom to tell of the batch's end."""

    url: Url
    events: Annotated[
        tuple[BatchEventType, ...],
        Meta(min_length=1, max_length=4, description=f"a list of 1 to 4 of {', '.join(get_args(BatchEventType))}"),
    ] = get_args(BatchEventType)


EditMode = Literal["inpaint_insertion", "inpaint_removal", "outpaint", "background_swap", "product_image", "default"]
MaskMode = Literal["user_provided", "background", "foreground", "semantic"]
MaskClass = Annotated[int, Meta(ge=0, le=255)]  # of what a semantic mask covers: Imagen's segmentation classes


class ProviderOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What only some models know; a model that does not refuses it."""

    person_generation: Literal["dont_allow", "allow_adult", "allow_all"] | None = None
    safety_setting: Literal["block_low_and_above", "block_medium_and_above", "block_only_high", "block_none"] | None = (
        None
    )
    language: (  # of the prompt
        Annotated[
            str,
            Meta(pattern=rf"^[a-zA-Z-]{{2,16}}{END}", description="2 to 16 letters and hyphens, such as en or auto"),
        ]
        | None
    ) = None
    enhance_prompt: bool | None = None  # by the model itself
    edit_mode: EditMode | None = None
    mask_mode: MaskMode | None = None
    mask_classes: Annotated[tuple[MaskClass, ...], Meta(min_length=1, max_length=5)] | None = None
    mask_dilation: Annotated[float, Meta(ge=0, le=1)] | None = None
    guidance_scale: Annotated[float, Meta(ge=0, le=500)] | None = None
    edit_steps: Annotated[int, Meta(ge=1, le=100)] | None = None
    upscale_factor: Literal["x2", "x4"] | None = None


class JobRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The body of POST /v1/jobs."""

    prompt: Prompt
    negative_prompt: Annotated[str, Meta(max_length=MAX_PROMPT)] | None = None
    style: Name | None = None
    enhance: bool = False
    aspect_ratio: AspectRatio | None = None
    image_size: ImageSize | None = None
    width: Side | None = None
    height: Side | None = None
    fit: Fit = "none"
    n: Annotated[int, Meta(ge=1, le=10)] = 1
    seed: Annotated[int, Meta(ge=0, le=MAX_SEED)] | None = None
    model: ModelName | None = None
    fallback: Annotated[tuple[ModelName, ...], Meta(max_length=4)] = ()  # models to try in turn where `model` fails
    allow_placeholder: bool = False
    provider_options: ProviderOptions = ProviderOptions()
    references: Annotated[tuple[Reference, ...], Meta(max_length=32)] = ()
    mask: Source | None = None
    watermark: bool | None = None
    mime_type: MimeType = "image/png"
    compression: Annotated[int, Meta(ge=0, le=100)] | None = None  # quality of a JPEG or WebP, 100 the best
    thumbnail: bool = False
    job_type: JobType = "image"
    project_id: Name | None = None
    branch_id: Name | None = None
    scene_id: Name | None = None
    shot_id: Name | None = None
    labels: Labels = {}
    priority: Priority = "interactive"
    cache: Cache | None = None  # None: as the tenant has it
    not_before: Annotated[datetime, Meta(tz=True)] | None = None
    deadline: Annotated[datetime, Meta(tz=True)] | None = None
    webhook: Webhook | None = None


def check(request: JobRequest) -> None:
    """The rules that span fields.

    Raises:
        Rejected: 400, with a pointer to each field at fault.
    """
    errors = []
    placement = {name: getattr(request, name) for name in ("project_id", "branch_id", "scene_id", "shot_id")}
    errors += [
        (f"/{name}", "must be neither '.' nor '..'") for name, value in placement.items() if value in {".", ".."}
    ]
    errors += [
        (f"/{name}", "goes with project_id, which is missing")
        for name, value in placement.items()
        if value is not None and request.project_id is None
    ]
    if request.shot_id is not None and request.scene_id is None:
        errors.append(("/shot_id", "goes with scene_id, which is missing"))
    if request.job_type == "storyboard":
        errors.append(("/job_type", "a storyboard is asked for by POST /v1/storyboards"))
    errors += _wrong_inputs(request) + _wrong_size(request)
    if request.seed is not None and request.watermark:
        errors.append(("/watermark", "a watermark makes every image different: leave out `seed` or set this to false"))
    if request.seed is not None and request.seed + request.n > MAX_SEED + 1:
        text = f"image i has seed + i: with n = {request.n} at most {MAX_SEED + 1 - request.n}"
        errors.append(("/seed", text))
    times = {"not_before": request.not_before, "deadline": request.deadline}
    errors += [
        (f"/{name}", "must lie within the years 2 to 9998")  # whose every moment there is in UTC, too
        for name, time in times.items()
        if time and not MINYEAR < time.year < MAXYEAR
    ]
    if request.not_before and request.deadline and request.deadline <= request.not_before:
        errors.append(("/deadline", "must be later than not_before"))
    if errors:
        where = "; ".join(f"{pointer}: {text}" for pointer, text in errors)
        raise Rejected(400, "invalid_request", f"The request cannot be taken as it is: {where}.", errors=tuple(errors))


def _wrong_inputs(request: JobRequest) -> list[tuple[str, str]]:
    sources: list[tuple[str, Source]] = [
        (f"/references/{index}", source) for index, source in enumerate(request.references)
    ]
    if request.mask:
        sources.append(("/mask", request.mask))
    return [(pointer, text) for pointer, source in sources if (text := wrong(source))]


def _wrong_size(request: JobRequest) -> list[tuple[str, str]]:
    errors = []
    if (request.width is None) != (request.height is None):
        errors.append(("/height" if request.height is None else "/width", "width and height go together"))
    elif request.width and request.aspect_ratio:
        errors.append(("/aspect_ratio", "width and height say it already: leave one of them out"))
    elif request.fit != "none" and not request.width:
        errors.append(("/fit", "needs width and height to fit the picture to"))
    if request.compression is not None and request.mime_type == "image/png":
        errors.append(("/compression", "goes with image/jpeg and image/webp: a PNG is never lossy"))
    return errors


def fingerprint(request: JobRequest) -> str:
    """SHA-256 in hex over the whole request; the order of its fields and left-out defaults do not matter.

    A field at its default is not hashed, so that one added later does not change what is stored.
    """
    return sha256(msgspec.json.encode(request, order="deterministic")).hexdigest()
