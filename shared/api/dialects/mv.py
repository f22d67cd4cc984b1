"""The music-video endpoints: scenes of an idea, and portraits of a character, by the queue; blocking with `?wait=`."""

import re
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from shared.api.bodies import any_json, converted
from shared.api.headers import caller_of
from shared.api.keyed import key_headers
from shared.api.queries import flag
from shared.api.read_storyboards import SceneText, scene_file
from shared.api.responses import base_url, json
from shared.api.waiting import MAX_SECONDS, unless_left
from shared.config import Settings
from shared.domain.dialect import Dialect
from shared.domain.errors import Rejected
from shared.domain.job import Job, Status
from shared.domain.keyed import known_until
from shared.domain.request import AspectRatio, JobRequest, Name, Prompt, ProviderOptions
from shared.domain.storyboard import MAX_SCENES, Seed, StoryboardRequest
from shared.use_cases.music_video import MIME_TYPES, idea_of, portrait_model, portrait_of, usual
from shared.use_cases.read_storyboard import BoardState
from shared.use_cases.wait import Wait

if TYPE_CHECKING:
    from shared.use_cases.submit import Submit
    from shared.use_cases.submit_storyboard import SubmitStoryboard

MV = Dialect(name="mv")
WAIT = re.compile(r"[0-9]{1,9}")
Words = Annotated[str, Meta(max_length=8000)]


class SceneIdea(msgspec.Struct, frozen=True, kw_only=True):
    """The body of POST /api/mv/create_scenes; what else is in it does not matter."""

    idea: Prompt
    character_description: Words | None = None
    character_characteristics: Words | None = None
    number_of_scenes: Annotated[int, Meta(ge=1, le=MAX_SCENES)] | None = None
    video_type: Words | None = None
    video_characteristics: Words | None = None
    camera_angle: Words | None = None
    project_id: Name | None = None


class CharacterIdea(msgspec.Struct, frozen=True, kw_only=True):
    """The body of POST /api/mv/generate_character_reference; what else is in it does not matter."""

    character_description: Prompt
    aspect_ratio: AspectRatio | None = None
    safety_filter_level: Literal["block_low_and_above", "block_medium_and_above", "block_only_high"] | None = None
    person_generation: Literal["dont_allow", "allow_adult", "allow_all"] | None = None
    output_format: Literal["png", "jpg", "webp"] | None = None
    negative_prompt: Words | None = None
    seed: Seed | None = None
    num_images: Annotated[int, Meta(ge=1, le=4)] | None = None
    project_id: Name | None = None


class MvAccepted(msgspec.Struct, frozen=True, kw_only=True):
    """What was taken, and where to ask for it."""

    job_id: str
    status: Status
    status_url: str


class MvScenes(msgspec.Struct, frozen=True, kw_only=True):
    """Scenes that were waited for."""

    scenes: tuple[SceneText, ...]
    job_id: str


class MvImage(msgspec.Struct, frozen=True, kw_only=True):
    """A portrait."""

    url: str
    mime_type: str
    width: int
    height: int


class MvImages(msgspec.Struct, frozen=True, kw_only=True):
    """Portraits that were waited for."""

    images: tuple[MvImage, ...]
    job_id: str


class MusicVideo:
    """POST of the music-video endpoints."""

    def __init__(self, boards: "SubmitStoryboard", submit: "Submit", wait: Wait, settings: Settings) -> None:
        self._boards = boards
        self._submit = submit
        self._wait = wait
        self._settings = settings

    async def create_scenes(self, request: Request) -> Response:
        """202 and the storyboard; with `?wait=N`, 200 and its scenes where they are written by then."""
        seconds = _seconds(request)
        asked = converted(await any_json(request), SceneIdea)
        said = {**msgspec.structs.asdict(usual()), **_given(asked)}
        words = {name: str(value) for name, value in said.items() if name != "idea"}
        wanted = StoryboardRequest(
            prompt=idea_of(asked.idea, **words),
            scene_count=said["number_of_scenes"],
            project_id=asked.project_id,
        )
        try:
            job, replayed = await self._boards(wanted, caller_of(request), MV)
        except Rejected as refusal:
            raise _of_idea(refusal) from refusal
        job = await self._waited(request, job, seconds)
        if seconds is None or job.status != "completed":
            return _accepted(job, f"/v1/storyboards/{job.id}", replayed=replayed)
        scenes = MvScenes(scenes=scene_file(BoardState(job)).scenes, job_id=job.id)
        return json(scenes, 200, _headers(job, replayed=replayed))

    async def generate_character_reference(self, request: Request) -> Response:
        """202 and the job; with `?wait=N`, 200 and its images, or with `&base64=true` 303 to the first of them."""
        seconds, in_body = _seconds(request), flag(request, "base64")
        asked = converted(await any_json(request), CharacterIdea)
        said = {**msgspec.structs.asdict(usual()), **_given(asked)}
        wanted = JobRequest(
            prompt=asked.character_description,
            negative_prompt=asked.negative_prompt,
            seed=asked.seed,
            n=said["num_images"],
            aspect_ratio=said["aspect_ratio"],
            mime_type=MIME_TYPES[said["output_format"]],  # type: ignore[arg-type]
            project_id=asked.project_id,
            provider_options=ProviderOptions(
                person_generation=said["person_generation"], safety_setting=said["safety_filter_level"]
            ),
        )
        model = portrait_model(self._settings)
        request_ = portrait_of(asked.character_description, wanted, model)
        job, replayed = await self._submit(request_, caller_of(request), dialect=MV)
        job = await self._waited(request, job, seconds)
        if seconds is None or job.status != "completed":
            return _accepted(job, f"/v1/jobs/{job.id}", replayed=replayed)
        url, headers = f"{base_url(request, self._settings)}/v1/jobs/{job.id}/images", _headers(job, replayed=replayed)
        if in_body:
            return RedirectResponse(f"{url}/0?base64", 303, headers)
        images = tuple(
            MvImage(url=f"{url}/{each.index}", mime_type=each.mime_type, width=each.width, height=each.height)
            for each in job.artifacts
        )
        return json(MvImages(images=images, job_id=job.id), 200, headers)

    async def _waited(self, request: Request, job: Job, seconds: int | None) -> Job:
        if not seconds:
            return job
        try:
            wait = self._wait.until(job, seconds, lambda job: job.is_over)
            return await unless_left(request, wait, otherwise=job)
        except Rejected:  # no place to wait: it was taken all the same, and its client must hear of it
            return job


def _seconds(request: Request) -> int | None:
    text = request.query_params.get("wait")
    if text is None:
        return None
    if not WAIT.fullmatch(text):
        raise Rejected(400, "invalid_query", f"wait must be a number of seconds, at most {MAX_SECONDS}, not {text!r}.")
    return min(int(text), MAX_SECONDS)


def _of_idea(refusal: Rejected) -> Rejected:
    """What is wrong with the prompt of a storyboard, told of the field that it was made of."""
    return Rejected(
        refusal.status,
        refusal.code,
        refusal.detail.replace("/prompt", "/idea"),
        errors=tuple((pointer.replace("/prompt", "/idea"), text) for pointer, text in refusal.errors),
        retry_after=refusal.retry_after,
        exceeded=refusal.exceeded,
    )


def _given(asked: msgspec.Struct) -> dict[str, object]:
    return {name: value for name, value in msgspec.structs.asdict(asked).items() if value is not None}


def _accepted(job: Job, url: str, *, replayed: bool) -> Response:
    accepted = MvAccepted(job_id=job.id, status=job.status, status_url=url)
    return json(accepted, 202, {"Location": url, **_headers(job, replayed=replayed)})


def _headers(job: Job, *, replayed: bool) -> dict[str, str]:
    return key_headers(job.idempotency_key, known_until(job), replayed=replayed)
