"""The studio contract: pictures of a film's places and shots, asked for by a front end that looks again each second."""

import re
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from shared.api.bodies import any_json, converted
from shared.api.headers import KEY, caller_of, tenant_of
from shared.api.keyed import key_headers
from shared.api.refusals import Refusal
from shared.api.responses import base_url, json
from shared.config import Settings
from shared.domain.caller import Caller
from shared.domain.dialect import Dialect
from shared.domain.errors import RETRYABLE, FailureType, Rejected
from shared.domain.inputs import END, Reference, Source
from shared.domain.job import Job, Stage, Status
from shared.domain.keyed import known_until
from shared.domain.request import JobRequest, Name, Prompt, Side, Url
from shared.use_cases.public_links import PublicLinks
from shared.use_cases.read import Read

if TYPE_CHECKING:
    from shared.use_cases.submit import Submit

StudioJobType = Literal["master_asset", "start_frame", "end_frame", "inpaint"]
StudioStatus = Literal["queued", "processing", "generating", "uploading", "completed", "failed"]
FailureStage = Literal["generating", "uploading", "persisting"]

STATUSES: dict[Status, StudioStatus] = {
    "queued": "queued",
    "processing": "processing",
    "generating": "generating",
    "uploading": "uploading",
    "completed": "completed",
    "failed": "failed",
    "canceled": "failed",
}
STAGES: dict[Stage, FailureStage] = {
    "validating": "generating",
    "generating": "generating",
    "uploading": "uploading",
    "persisting": "persisting",
}
TYPES: dict[int, FailureType] = {401: "AUTH_ERROR", 403: "AUTH_ERROR", 429: "RATE_LIMIT"}
SERVER_ERROR = 500
DIALECT = Dialect(name="studio", lenient=True)
SIDE = 1024  # pixels, where the request does not say
PICTURES = {"sourceJobId": "source_job_id", "imageUrl": "image_url", "imageUploadId": "image_upload_id"}
MASKS = {"maskUrl": "mask_url", "maskUploadId": "mask_upload_id"}
# Where the rest of the API points to, and the field here that it came from; longer ones first.
POINTERS = {
    "/references/0/job_id": "/sourceJobId",
    "/references/0/upload_id": "/imageUploadId",
    "/references/0/url": "/imageUrl",
    "/mask/upload_id": "/maskUploadId",
    "/mask/url": "/maskUrl",
    "/project_id": "/projectId",
    "/branch_id": "/branchId",
    "/scene_id": "/sceneId",
    "/shot_id": "/shotId",
    "/style": "/visualStyleCapsuleId",
}
_POINTER = re.compile(rf"(?:{'|'.join(POINTERS)})\b")

UploadId = Annotated[
    str, Meta(pattern=rf"^[a-z0-9]{{26}}{END}", description="the id of an upload, as POST /v1/uploads gave it")
]
Key = Annotated[str, Meta(pattern=rf"^{KEY.pattern}{END}", description="1 to 255 visible ASCII characters")]


class StudioRequest(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The body of POST /api/images/generate; what else is in it does not matter."""

    project_id: Name
    branch_id: Name | None = None
    scene_id: Name | None = None
    shot_id: Name | None = None
    job_type: StudioJobType
    prompt: Prompt
    width: Side | None = None
    height: Side | None = None
    idempotency_key: Key | None = None
    visual_style_capsule_id: Name | None = None
    # The contract names an inpaint's type and not its pictures; these are ours.
    source_job_id: Annotated[str, Meta(min_length=1, max_length=128)] | None = None
    image_url: Url | None = None
    image_upload_id: UploadId | None = None
    mask_url: Url | None = None
    mask_upload_id: UploadId | None = None


class StudioAccepted(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Its answer."""

    job_id: str
    status: StudioStatus


class StudioError(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Why a job has failed, or a request was not taken."""

    type: FailureType
    code: str
    message: str
    failure_stage: FailureStage | None
    retryable: bool


class StudioRefusal(msgspec.Struct, frozen=True, kw_only=True):
    """What a request that was not taken is answered."""

    error: StudioError


class StudioCost(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One call of a model, in credits; null where that is unknown."""

    attempt: int
    estimated_cost: float | None
    cost_credits: float | None


class StudioJobView(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A job."""

    status: StudioStatus
    job_id: str
    public_url: str | None = None
    error: StudioError | None = None
    attempt_count: int
    retry_count: int
    cost_credits: float | None
    estimated_cost: float | None
    cost_breakdown: tuple[StudioCost, ...]


class GenerateStudioImage:
    """POST /api/images/generate."""

    def __init__(self, submit: "Submit") -> None:
        self._submit = submit

    async def post(self, request: Request) -> Response:
        """202 and the job, which its key may have named before; its status is what it is by now."""
        caller = caller_of(request)
        asked = converted(await any_json(request), StudioRequest)
        caller = _keyed(caller, asked.idempotency_key)
        job, replayed = await self._submit(wanted(asked), caller, dialect=DIALECT)
        headers = key_headers(caller.idempotency_key, known_until(job), replayed=replayed)
        return json(StudioAccepted(job_id=job.id, status=STATUSES[job.status]), 202, headers)


class StudioJobs:
    """GET /api/images/jobs/{job_id}, and of what its answer links to."""

    def __init__(self, read: Read, links: PublicLinks, settings: Settings) -> None:
        self._read = read
        self._links = links
        self._settings = settings

    async def get(self, request: Request) -> Response:
        """The job as it is, with a link to its picture once it has one."""
        job = await self._read.job(tenant_of(request), request.path_params["job_id"])
        url = None
        if job.status == "completed" and job.artifacts:
            url = await self._links.of(job, job.artifacts[0], base_url(request, self._settings))
        shown = job_of(job, url, self._settings.credits_per_usd)
        return json(shown, 200, {"Cache-Control": "no-store"})  # what opens without credentials is kept by nobody

    async def open(self, request: Request) -> Response:
        """GET /i/{job_id}/{index}/{capability}: 302 to the picture, for whoever has the link."""
        named = request.path_params
        index = int(named["index"]) if re.fullmatch("[0-9]", named["index"]) else -1
        url = await self._links.opened(named["job_id"], index, named["capability"])
        return Response(status_code=302, headers={"Location": url, "Cache-Control": "no-store"})


def wanted(asked: StudioRequest) -> JobRequest:
    """The request as the rest of the API has it.

    Raises:
        Rejected: 400, a frame without its shot, or an inpaint without its picture, or a picture for another type.
    """
    pictures = [name for name, field in PICTURES.items() if getattr(asked, field) is not None]
    masks = [name for name, field in MASKS.items() if getattr(asked, field) is not None]
    errors = []
    if asked.job_type in {"start_frame", "end_frame"}:
        places = {"/sceneId": asked.scene_id, "/shotId": asked.shot_id}
        errors += [(pointer, "is missing: a frame is a shot's") for pointer, value in places.items() if value is None]
    if asked.job_type == "inpaint" and len(pictures) != 1:
        errors.append((f"/{next(iter(PICTURES))}", f"an inpaint needs its picture, as one of {', '.join(PICTURES)}"))
    if len(masks) > 1:
        errors.append((f"/{masks[1]}", f"{masks[0]} says it already: leave one of them out"))
    if asked.job_type != "inpaint":
        errors += [(f"/{name}", "goes with the jobType inpaint") for name in (*pictures, *masks)]
    if errors:
        text = "; ".join(f"{pointer}: {why}" for pointer, why in errors)
        raise Rejected(400, "invalid_request", f"The request cannot be taken as it is: {text}.", errors=tuple(errors))
    picture = Reference(job_id=asked.source_job_id, url=asked.image_url, upload_id=asked.image_upload_id)
    mask = Source(url=asked.mask_url, upload_id=asked.mask_upload_id)
    return JobRequest(
        prompt=asked.prompt,
        style=asked.visual_style_capsule_id,
        width=asked.width or SIDE,
        height=asked.height or SIDE,
        fit="cover",
        references=(picture,) if pictures else (),
        mask=mask if masks else None,
        job_type=asked.job_type,
        project_id=asked.project_id,
        branch_id=asked.branch_id or "main",
        scene_id=asked.scene_id,
        shot_id=asked.shot_id,
    )


def job_of(job: Job, public_url: str | None, credits_per_usd: float) -> StudioJobView:
    """The job as the contract shows one."""

    def credits_of(micros: int | None) -> float | None:
        return None if micros is None else micros * credits_per_usd / 1_000_000

    return StudioJobView(
        status=STATUSES[job.status],
        job_id=job.id,
        public_url=public_url,
        error=_error(job),
        attempt_count=job.attempt_count,
        retry_count=job.retry_count,
        cost_credits=credits_of(job.actual_micros),
        estimated_cost=credits_of(job.estimated_micros),
        cost_breakdown=tuple(
            StudioCost(
                attempt=spend.attempt,
                estimated_cost=credits_of(spend.estimated_micros),
                cost_credits=credits_of(spend.actual_micros),
            )
            for spend in job.spend
        ),
    )


def said(rejected: Rejected) -> Refusal:
    """A refusal in the contract's words: what is wrong is told of the fields that its clients know."""
    usual: FailureType = "TEMPORARY" if rejected.status >= SERVER_ERROR else "PERMANENT"
    kind = TYPES.get(rejected.status, usual)
    error = StudioError(
        type=kind,
        code=rejected.code,
        message=_POINTER.sub(lambda found: POINTERS[found[0]], rejected.detail),
        failure_stage=None,
        retryable=kind in RETRYABLE,
    )
    return Refusal(rejected.status, StudioRefusal(error=error))


def _error(job: Job) -> StudioError | None:
    if job.status == "canceled":
        stage = STAGES[job.stage]
        text = "The job was canceled."
        return StudioError(type="PERMANENT", code="canceled", message=text, failure_stage=stage, retryable=False)
    failure = job.failure
    if job.status != "failed" or failure is None:
        return None
    return StudioError(
        type=failure.type,
        code=failure.code,
        message=failure.message,
        failure_stage=STAGES[failure.stage],
        retryable=failure.retryable,
    )


def _keyed(caller: Caller, key: str | None) -> Caller:
    """The caller with the body's key, where its headers have none.

    Raises:
        Rejected: 400, they have another.
    """
    if key is None:
        return caller
    if caller.idempotency_key not in {None, key}:
        text = "The header Idempotency-Key and /idempotencyKey name two keys: leave one of them out."
        raise Rejected(400, "invalid_idempotency_key", text)
    return msgspec.structs.replace(caller, idempotency_key=key)
