"""A storyboard as it is asked for: a video's scenes, written by a model or given, and how each becomes a picture."""

from hashlib import sha256
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from shared.domain.errors import Rejected
from shared.domain.inputs import BLANKS, END, Reference
from shared.domain.request import (
    MAX_SEED,
    AspectRatio,
    Cache,
    Fit,
    ImageSize,
    Labels,
    MimeType,
    ModelName,
    Name,
    Priority,
    Prompt,
    ProviderOptions,
    Side,
    Webhook,
)

MAX_SCENES = 100
USUAL_SCENES = 5
MAX_SCENE = 4000  # characters of a scene's prompt: all of them fit one document
MAX_BOARD = 512 * 1024  # bytes of all of it, as JSON: with the job around it, it fits a document
VERSIONS = "/versions="  # before the id of a first version, among the terms of all: no user's label can be so

ScenePrompt = Annotated[str, Meta(min_length=1, max_length=MAX_SCENE, pattern=rf"[^{BLANKS}]")]
Unwanted = Annotated[str, Meta(max_length=MAX_SCENE)]
Seed = Annotated[int, Meta(ge=0, le=MAX_SEED)]


class Scene(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One scene: what its picture is to show."""

    prompt: ScenePrompt
    negative_prompt: Unwanted | None = None
    seed: Seed | None = None
    model: ModelName | None = None  # of its picture; None: as `render` has it
    scene_id: Name | None = None  # None: its number, from 1


class SceneChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The body of POST /v1/storyboards/{id}/scenes/{index}/regenerate: what is to be otherwise."""

    prompt: ScenePrompt | None = None
    negative_prompt: Unwanted | None = None
    seed: Seed | None = None
    model: ModelName | None = None


class Render(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """How each scene becomes a picture: fields of its job, of the same names."""

    model: ModelName | None = None
    fallback: Annotated[tuple[ModelName, ...], Meta(max_length=4)] = ()
    allow_placeholder: bool = False
    enhance: bool = False
    aspect_ratio: AspectRatio | None = None
    image_size: ImageSize | None = None
    width: Side | None = None
    height: Side | None = None
    fit: Fit = "none"
    provider_options: ProviderOptions = ProviderOptions()
    watermark: bool | None = None
    mime_type: MimeType = "image/png"
    compression: Annotated[int, Meta(ge=0, le=100)] | None = None
    thumbnail: bool = False
    job_type: Literal["image", "start_frame", "end_frame"] = "start_frame"
    shot_id: Name = "1"  # of each scene, where there is a project
    cache: Cache | None = None


class StoryboardRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The body of POST /v1/storyboards: `prompt`, of which scenes are written, or the scenes."""

    prompt: Prompt | None = None
    scene_count: Annotated[int, Meta(ge=1, le=MAX_SCENES)] = USUAL_SCENES
    scenes: Annotated[tuple[Scene, ...], Meta(max_length=MAX_SCENES)] = ()
    style: Name | None = None
    character_references: Annotated[tuple[Reference, ...], Meta(max_length=32)] = ()
    render: Render | None = None  # None: there are scenes, and no pictures
    version_of: Annotated[str, Meta(pattern=rf"^[a-z2-7]{{26}}{END}")] | None = None
    project_id: Name | None = None
    branch_id: Name | None = None
    labels: Labels = {}
    priority: Priority = "interactive"
    webhook: Webhook | None = None


class Board(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a job of type `storyboard` has beside its scenes."""

    request: StoryboardRequest  # without scenes: those are the job's
    first_version: str  # the id of the storyboard that the first of its versions is
    version: int = 1


def check(request: StoryboardRequest) -> None:
    """The rules that span fields; those of its pictures are the job's own.

    Raises:
        Rejected: 400, with a pointer to each field at fault.
    """
    errors = []
    if (request.prompt is None) == (not request.scenes):
        errors.append(("/prompt", "goes without `scenes`, and is needed where there are none"))
    if request.scenes and request.scene_count != USUAL_SCENES:
        errors.append(("/scene_count", "is how many to write of `prompt`; the scenes that are given say it themselves"))
    if len(msgspec.json.encode(request)) > MAX_BOARD:
        errors.append(("/scenes" if request.scenes else "/prompt", f"all of it must have at most {MAX_BOARD} bytes"))
    named = [scene.scene_id or str(index) for index, scene in enumerate(request.scenes, 1)]
    errors += [
        (f"/scenes/{index}/scene_id", f"{name!r} is another scene's already")
        for index, name in enumerate(named)
        if name in named[:index]
    ]
    if errors:
        where = "; ".join(f"{pointer}: {text}" for pointer, text in errors)
        text = f"The storyboard cannot be taken as it is: {where}."
        raise Rejected(400, "invalid_request", text, errors=tuple(errors))


def fingerprint(request: StoryboardRequest) -> str:
    """SHA-256 in hex over the whole request, as a job's."""
    return sha256(msgspec.json.encode(request, order="deterministic")).hexdigest()
