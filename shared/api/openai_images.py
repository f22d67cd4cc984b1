"""The calls of `openai`: parse, have a job made, wait for it, and hand out its images."""

import asyncio
from datetime import timedelta

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from shared.api.auth import gate_of
from shared.api.binding import bound
from shared.api.bodies import any_json, converted
from shared.api.cors import Cors
from shared.api.dialects.openai import (
    OPENAI,
    ImageAnswer,
    ImagesAnswer,
    ImagesRequest,
    answers_of,
    failure_of,
    interrupted,
    job_request,
    revised,
    too_late,
)
from shared.api.forms import form_of
from shared.api.headers import caller_of, identity_of
from shared.api.keyed import key_headers
from shared.api.problems import invalid_body
from shared.api.responses import json
from shared.api.router import Router
from shared.api.waiting import unless_left
from shared.config import Settings
from shared.domain.errors import Rejected
from shared.domain.job import Artifact, Job
from shared.domain.keyed import known_until
from shared.domain.request import JobRequest
from shared.ports import Clock, Identities, ImageStore, JobQueue, Stores, Tenants
from shared.ports.masks import Masks
from shared.use_cases.plan import defaults_of
from shared.use_cases.rates import Rates
from shared.use_cases.read import Read
from shared.use_cases.submit import Submit
from shared.use_cases.submit_unkeyed import SubmitUnkeyed
from shared.use_cases.take_pictures import TakePictures
from shared.use_cases.tenants import tenants_of
from shared.use_cases.wait import Wait

MAX_EDIT = 25 * 1024 * 1024  # bytes
RETRIES = "x-stainless-retry-count"  # how often its clients have sent this before, by themselves


class OpenAIImages:
    """POST of images."""

    def __init__(
        self,
        submit: Submit,
        unkeyed: SubmitUnkeyed,
        take: TakePictures,
        wait: Wait,
        read: Read,
        *,
        tenants: Tenants,
        clock: Clock,
        deadline: timedelta,
    ) -> None:
        """`deadline`: for so long after the first request, its images are waited for."""
        self._submit = submit
        self._unkeyed = unkeyed
        self._take = take
        self._wait = wait
        self._read = read
        self._tenants = tenants
        self._rates = Rates(clock)
        self._clock = clock
        self._deadline = deadline

    async def generate(self, request: Request) -> Response:
        """POST /v1/images/generations."""
        asked = converted(await any_json(request), ImagesRequest)
        return await self._answer(request, asked, job_request(asked))

    async def edit(self, request: Request) -> Response:
        """POST /v1/images/edits: a form, with one picture or several, and perhaps a mask of the first."""
        form = await form_of(request, MAX_EDIT)
        try:
            asked = msgspec.convert(form.fields, ImagesRequest, strict=False)
        except msgspec.ValidationError as exc:
            raise invalid_body(exc, ImagesRequest) from exc
        pictures, masks = form.files.get("image", []), form.files.get("mask", [])
        if not pictures or len(masks) > 1:
            name, text = ("mask", "may be given once") if pictures else ("image", "must be a file, or several")
            raise Rejected(400, "invalid_request", f"/{name} {text}.", errors=((f"/{name}", text),))
        taken = await self._take(identity_of(request).tenant, pictures, next(iter(masks), None))
        return await self._answer(request, asked, job_request(asked, taken))

    async def _answer(self, request: Request, asked: ImagesRequest, wanted: JobRequest) -> Response:
        """The images of the job, once it has ended; a repeated call is answered from the same one."""
        job, replayed = await self._job(request, asked, wanted)
        left = self._deadline - (self._clock.now() - job.created_at)
        wait = self._wait.until(job, max(left.total_seconds(), 0), lambda job: job.is_over)
        try:
            job = await unless_left(request, wait, otherwise=job)
        except Rejected:  # no place to wait
            self._unkeyed.unanswered(job.id)
            raise
        # `x-request-id` is what its clients show of an answer.
        headers = {"x-request-id": job.id, **key_headers(job.idempotency_key, known_until(job), replayed=replayed)}
        if job.status == "completed":
            return json(await self._images(job, asked), 200, headers)
        if not job.is_over:  # its time is up, the instance goes, or the client has gone
            self._unkeyed.unanswered(job.id)
        late = self._clock.now() >= job.created_at + self._deadline
        refusal = failure_of(job, asked) if job.is_over else too_late(job) if late else interrupted(job)
        return json(refusal.body, refusal.status, {**headers, **refusal.headers})

    async def _job(self, request: Request, asked: ImagesRequest, wanted: JobRequest) -> tuple[Job, bool]:
        caller, identity = caller_of(request), identity_of(request)
        if asked.user_id:
            self._rates.user(await self._tenants.get(caller.tenant), asked.user_id)
            caller = msgspec.structs.replace(caller, user_id=asked.user_id)
        if caller.idempotency_key is not None:
            return await self._submit(wanted, caller, dialect=OPENAI)
        repeat = request.headers.get(RETRIES, "").strip("0").isdecimal()
        sender = identity.key_id or identity.email or ""
        return await self._unkeyed(wanted, caller, sender, OPENAI, repeat=repeat)

    async def _images(self, job: Job, asked: ImagesRequest) -> ImagesAnswer:
        read = self._linked if answers_of(asked) == "url" else self._encoded
        first = job.artifacts[0]
        return ImagesAnswer(
            created=int((job.completed_at or job.created_at).timestamp()),
            data=tuple(await asyncio.gather(*(read(job, artifact) for artifact in job.artifacts))),
            output_format=asked.output_format or "png",
            size=f"{first.width}x{first.height}",
        )

    async def _linked(self, job: Job, artifact: Artifact) -> ImageAnswer:
        return ImageAnswer(url=await self._read.link(artifact), revised_prompt=revised(job))

    async def _encoded(self, job: Job, artifact: Artifact) -> ImageAnswer:
        return ImageAnswer(b64_json=await self._read.data(artifact), revised_prompt=revised(job))


def router(
    stores: Stores,
    queue: JobQueue,
    images: ImageStore,
    clock: Clock,
    settings: Settings,
    *,
    masks: Masks,
    wait: Wait,
    identities: Identities | None = None,
) -> Router:
    """Every call that `openai` answers.

    Raises:
        BadSetting: no request could be made with these settings.
    """
    tenants = tenants_of(stores.tenants, clock, settings)
    submit = Submit(stores.jobs, queue, tenants, clock, defaults_of(settings))
    deadline = timedelta(seconds=settings.openai_deadline_seconds)
    calls = OpenAIImages(
        submit,
        SubmitUnkeyed(stores.jobs, submit, clock, deadline),
        TakePictures(images, masks, clock),
        wait,
        Read(stores.jobs, images),
        tenants=tenants,
        clock=clock,
        deadline=deadline,
    )
    gate = gate_of(stores, tenants, identities, clock, settings)
    return bound(
        "openai",
        {"generateImages": calls.generate, "editImages": calls.edit},
        gate,
        settings.spoken,
        Cors(settings.origins),
    )
