"""A job as Imagen's `predict` wants it: one instance, its parameters, and how its images are shared out among calls."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pybase64

from shared.catalog.edits import COMPUTED, OWN_MASK
from shared.domain.inputs import ReferenceType
from shared.domain.job import Job
from shared.domain.request import EditMode, MaskMode
from shared.ports import Given

MAX_A_CALL = 4  # images
EDIT_MODES: Mapping[EditMode, str] = {
    "inpaint_insertion": "EDIT_MODE_INPAINT_INSERTION",
    "inpaint_removal": "EDIT_MODE_INPAINT_REMOVAL",
    "outpaint": "EDIT_MODE_OUTPAINT",
    "background_swap": "EDIT_MODE_BGSWAP",
    "product_image": "EDIT_MODE_PRODUCT_IMAGE",
    "default": "EDIT_MODE_DEFAULT",
}
# By a reference's type: where its description goes, and what goes with it.
CONFIGS: Mapping[ReferenceType, tuple[str, str, Mapping[str, Any]]] = {
    "style": ("styleImageConfig", "styleDescription", {}),
    "subject": ("subjectImageConfig", "subjectDescription", {"subjectType": "SUBJECT_TYPE_DEFAULT"}),
    # The given picture is an ordinary one: the model finds the edges that control it.
    "control": (
        "controlImageConfig",
        "",
        {"controlType": "CONTROL_TYPE_CANNY", "enableControlImageComputation": True},
    ),
}


class Share(NamedTuple):
    """The images of one call."""

    images: int
    seed: int | None


def shares(job: Job) -> list[Share]:
    """The calls to make: as few as there can be; with a seed one an image, so that image i is of seed + i for sure."""
    if job.seed is not None:
        return [Share(1, job.seed + index) for index in range(job.n)]
    return [Share(min(MAX_A_CALL, job.n - done), None) for done in range(0, job.n, MAX_A_CALL)]


def instance(job: Job, given: Sequence[Given]) -> dict[str, Any]:
    """What to work on; megabytes of base64 where pictures are given."""
    prompt = {"prompt": job.told.prompt}
    if job.job_type == "upscale":
        return {**prompt, "image": _image(given[0])} if given else prompt
    references = list(_references(job, given))
    numbered = [{**reference, "referenceId": number} for number, reference in enumerate(references, 1)]
    return {**prompt, "referenceImages": numbered} if numbered else prompt


def parameters(job: Job, given: Sequence[Given], share: Share) -> dict[str, Any]:
    """How to work on it."""
    options = job.provider_options
    asked = {
        "sampleCount": share.images,
        "seed": share.seed,
        "negativePrompt": job.told.negative_prompt or None,
        "addWatermark": job.watermark,
        "personGeneration": options.person_generation,
        "safetySetting": options.safety_setting,
        "language": options.language,
        "includeRaiReason": True,
        "outputOptions": _output(job),
        **_task(job, given),
    }
    return {name: value for name, value in asked.items() if value is not None}


def _task(job: Job, given: Sequence[Given]) -> dict[str, Any]:
    """What only one of the tasks knows: to enlarge, to edit, to generate."""
    options = job.provider_options
    if job.job_type == "upscale":
        return {"mode": "upscale", "upscaleConfig": {"upscaleFactor": options.upscale_factor or "x2"}}
    if not given:
        return {
            "aspectRatio": job.aspect_ratio,
            "sampleImageSize": job.image_size,
            "enhancePrompt": options.enhance_prompt,
        }
    edits = any(picture.role == "reference" and picture.type == "raw" for picture in given)
    return {
        "editMode": _edit_mode(job, given, edits=edits),
        "editConfig": None if options.edit_steps is None else {"baseSteps": options.edit_steps},
        "guidanceScale": options.guidance_scale,
        "aspectRatio": None if edits else job.aspect_ratio,  # an edit keeps its picture's
    }


def _edit_mode(job: Job, given: Sequence[Given], *, edits: bool) -> str | None:
    if mode := job.provider_options.edit_mode:
        return EDIT_MODES[mode]
    if _mask_mode(job, given):
        return EDIT_MODES["inpaint_insertion"]
    return EDIT_MODES["default"] if edits else None


def _mask_mode(job: Job, given: Sequence[Given]) -> MaskMode | None:
    """Where the mask comes from; None: there is none."""
    options = job.provider_options
    if options.mask_mode:
        return options.mask_mode
    if any(picture.role == "mask" for picture in given):
        return "user_provided"
    return OWN_MASK.get(options.edit_mode) if options.edit_mode else None


def _references(job: Job, given: Sequence[Given]) -> Iterator[dict[str, Any]]:
    """The references in their order, so that a prompt may name the first of them `[1]`; the mask after them."""
    for picture in given:
        if picture.role == "reference":
            yield _reference(picture)
    if mode := _mask_mode(job, given):
        options = job.provider_options
        classes = options.mask_classes and list(options.mask_classes)
        config = {"maskMode": f"MASK_MODE_{mode.upper()}", "dilation": options.mask_dilation, "maskClasses": classes}
        mask: dict[str, Any] = {
            "referenceType": "REFERENCE_TYPE_MASK",
            "maskImageConfig": {name: value for name, value in config.items() if value is not None},
        }
        drawn = next((picture for picture in given if picture.role == "mask"), None)
        yield mask if drawn is None or mode in COMPUTED else {**mask, "referenceImage": _image(drawn)}


def _reference(picture: Given) -> dict[str, Any]:
    reference = {"referenceType": f"REFERENCE_TYPE_{picture.type.upper()}", "referenceImage": _image(picture)}
    if picture.type not in CONFIGS:
        return reference
    name, described_by, config = CONFIGS[picture.type]
    described = {described_by: picture.description} if described_by and picture.description else {}
    return {**reference, name: {**config, **described}} if config or described else reference


def _image(picture: Given) -> dict[str, str]:
    return {"bytesBase64Encoded": pybase64.b64encode_as_string(picture.data)}


def _output(job: Job) -> dict[str, Any]:
    """PNG and JPEG are all it makes: for any other a PNG, which loses nothing until it is converted."""
    if job.mime_type != "image/jpeg":
        return {"mimeType": "image/png"}
    quality = {} if job.compression is None else {"compressionQuality": job.compression}
    return {"mimeType": "image/jpeg", **quality}
