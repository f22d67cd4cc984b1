"""The task contract: an image is asked for as a task, and lies in the bucket when the task has ended."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import UNSET, UnsetType
from starlette.requests import Request
from starlette.responses import Response

from shared.api.bodies import any_json, converted
from shared.api.deprecation import deprecation_headers
from shared.api.headers import caller_of, tenant_of
from shared.api.keyed import key_headers
from shared.api.refusals import Refusal
from shared.api.responses import base_url, json
from shared.config import Settings
from shared.domain.dialect import IDEMPOTENCY_CONFLICT, Dialect
from shared.domain.errors import Rejected
from shared.domain.job import Job, Status
from shared.domain.keyed import known_until
from shared.domain.request import AspectRatio, JobRequest, ModelName, Prompt
from shared.use_cases.read import Read

if TYPE_CHECKING:
    from shared.use_cases.submit import Submit

Retry = Callable[[str, str], Awaitable[tuple[Job, bool]]]  # of a tenant's job, by its id
TaskStatus = Literal["PENDING", "STARTED", "RETRY", "SUCCESS", "FAILURE"]
STATUSES: dict[Status, TaskStatus] = {
    "queued": "RETRY",  # of one that no attempt was made at, PENDING
    "processing": "STARTED",
    "generating": "STARTED",
    "uploading": "STARTED",
    "completed": "SUCCESS",
    "failed": "FAILURE",
    "canceled": "FAILURE",
}
CONFLICT: Literal["PROCESSING_CONFLICT"] = "PROCESSING_CONFLICT"
ERROR_CODES = {
    "missing_idempotency_key": "IGA_MISSING_IDEMPOTENCY_KEY",
    "prompt_missing": "IGA_BAD_REQUEST_PROMPT_MISSING",
    "malformed_json": "IGA_MALFORMED_JSON",
    "missing_gcs_bucket_name": "IGA_CONFIG_ERROR_GCS_BUCKET",
    "job_not_found": "IGA_TASK_NOT_FOUND",
    "job_deleted": "IGA_TASK_DELETED",
    "body_too_large": "IGA_INVALID_PAYLOAD",
    "model_retired": "IGA_INVALID_PAYLOAD",
}
BAD_REQUEST = 400


class ImageTask(msgspec.Struct, frozen=True, kw_only=True):
    """The body of POST /generate_image; what else is in it does not matter."""

    prompt: Prompt
    aspect_ratio: AspectRatio | None = None
    add_watermark: bool | None = None
    model_id_override: ModelName | None = None


class TaskAccepted(msgspec.Struct, frozen=True, kw_only=True):
    """Its answer."""

    message: Literal["Image generation task accepted."] = "Image generation task accepted."
    task_id: str
    status_url: str
    idempotency_key_processed: str


class TaskError(msgspec.Struct, frozen=True, kw_only=True):
    """Why a task has failed."""

    type: str
    message: str


class TaskResult(msgspec.Struct, frozen=True, kw_only=True):
    """How a task has ended: with an image, an error, or a conflict of keys."""

    image_url: str | UnsetType = UNSET
    prompt_used: str | UnsetType = UNSET
    model_version: str | UnsetType = UNSET
    error: TaskError | UnsetType = UNSET
    status: Literal["PROCESSING_CONFLICT"] | UnsetType = UNSET
    message: str | UnsetType = UNSET
    idempotency_key: str | UnsetType = UNSET


class TaskView(msgspec.Struct, frozen=True, kw_only=True):
    """A task."""

    task_id: str
    status: TaskStatus
    result: TaskResult | None


class IgaError(msgspec.Struct, frozen=True, kw_only=True):
    """Why a request was not taken."""

    error_code: str
    message: str


class GenerateImage:
    """POST /generate_image."""

    def __init__(self, submit: "Submit", retry: Retry, settings: Settings) -> None:
        """`retry` queues a failed job again, where that may help."""
        self._submit = submit
        self._retry = retry
        self._settings = settings
        self._dialect = Dialect(
            name="iga", object_prefix=settings.iga_gcs_image_prefix, lenient=True, on_conflict="record"
        )

    async def post(self, request: Request) -> Response:
        """202 and the task, which its key may have named before; one that may be mended is then tried again."""
        if not request.headers.get("x-idempotency-key", request.headers.get("idempotency-key", "")).strip():
            raise Rejected(400, "missing_idempotency_key", "The header X-Idempotency-Key is missing or empty.")
        caller = caller_of(request)
        task = await _task_in(request)
        wanted = JobRequest(
            prompt=task.prompt,
            aspect_ratio=task.aspect_ratio,
            watermark=task.add_watermark,
            model=task.model_id_override,
        )
        job, replayed = await self._submit(wanted, caller, dialect=self._dialect)
        if replayed and job.status == "failed":
            job, _ = await self._retry(caller.tenant, job.id)
        accepted = TaskAccepted(
            task_id=job.id, status_url=f"/v1/tasks/{job.id}", idempotency_key_processed=caller.idempotency_key or ""
        )
        headers = key_headers(caller.idempotency_key, known_until(job), replayed=replayed)
        headers |= deprecation_headers(job.deprecation, base_url(request, self._settings))
        return json(accepted, 202, headers)


class Tasks:
    """GET /v1/tasks/{task_id}."""

    def __init__(self, read: Read) -> None:
        self._read = read

    async def get(self, request: Request) -> Response:
        """200 and how it has ended; 202 while it has not."""
        job = await self._read.job(tenant_of(request), request.path_params["task_id"])
        return json(task_of(job), 200 if job.is_over else 202, {"Cache-Control": "no-cache"})


def task_of(job: Job) -> TaskView:
    """The job as a task."""
    if job.failure and job.status == "failed" and job.failure.code == IDEMPOTENCY_CONFLICT:
        conflict = TaskResult(
            status=CONFLICT, message=job.failure.message, idempotency_key=job.idempotency_key or ""
        )  # fmt: skip
        return TaskView(task_id=job.id, status="SUCCESS", result=conflict)
    begun = job.status != "queued" or job.attempt_count > 0
    return TaskView(task_id=job.id, status=STATUSES[job.status] if begun else "PENDING", result=_result(job))


def said(rejected: Rejected) -> Refusal:
    """A refusal in the contract's words; what it has no word for is ours in its spelling."""
    usual = "IGA_INVALID_PAYLOAD" if rejected.status == BAD_REQUEST else f"IGA_{rejected.code.upper()}"
    body = IgaError(error_code=ERROR_CODES.get(rejected.code, usual), message=rejected.detail)
    return Refusal(BAD_REQUEST if rejected.code == "model_retired" else rejected.status, body)


def _result(job: Job) -> TaskResult | None:
    if job.status == "completed":
        return TaskResult(
            image_url=job.artifacts[0].uri if job.artifacts else UNSET,  # a storyboard has no image of its own
            prompt_used=job.prompt_used or job.told.prompt,
            model_version=f"vertex-ai-{job.model}",
        )
    if not job.is_over:
        return None
    if job.status == "failed" and job.failure:
        return TaskResult(error=TaskError(type=job.failure.code, message=job.failure.message))
    return TaskResult(error=TaskError(type="task_failed", message=f"The task was {job.status}."))


async def _task_in(request: Request) -> ImageTask:
    """The body, whatever media type its client gives it.

    Raises:
        Rejected: 400; 413, it is too large.
    """
    found = await any_json(request)
    prompt = found.get("prompt") if isinstance(found, dict) else "…"
    if not (isinstance(prompt, str) and prompt.strip()):
        errors = (("/prompt", "must be a text that is not blank"),)
        raise Rejected(400, "prompt_missing", "/prompt must be a text that is not blank.", errors=errors)
    return converted(found, ImageTask)
