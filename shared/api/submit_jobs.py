"""The calls of `submit`: parse, call the use case, render."""

from starlette.requests import Request
from starlette.responses import Response

from shared.api.auth import gate_of
from shared.api.binding import bound
from shared.api.bodies import decoded
from shared.api.cors import Cors
from shared.api.headers import caller_of
from shared.api.later import later
from shared.api.responses import json
from shared.api.router import Router
from shared.api.submit_parts import SubmitParts, World
from shared.api.submitted import Submitted
from shared.config import Settings
from shared.domain.request import JobRequest
from shared.ports import Clock, Identities, JobQueue, Stores
from shared.ports.uploads import UploadSigner
from shared.use_cases.plan import defaults_of
from shared.use_cases.rates import Rates
from shared.use_cases.submit import Submit
from shared.use_cases.tenants import tenants_of
from shared.use_cases.wait import Wait


class SubmitJobs:
    """POST of jobs."""

    def __init__(self, submit: Submit, submitted: Submitted) -> None:
        self._submit = submit
        self._submitted = submitted

    async def post(self, request: Request) -> Response:
        """POST /v1/jobs."""
        caller = caller_of(request)
        job, replayed = await self._submit(await decoded(request, JobRequest), caller)
        return await self._submitted(request, job, replayed=replayed)

    async def estimate(self, request: Request) -> Response:
        """POST /v1/estimate: what the same body would be and cost as a job; nothing is stored."""
        caller = caller_of(request)
        return json(await self._submit.estimate(await decoded(request, JobRequest), caller), 200, {})


def router(
    stores: Stores,
    queue: JobQueue,
    signer: UploadSigner,
    clock: Clock,
    settings: Settings,
    *,
    wait: Wait,
    identities: Identities | None = None,
) -> Router:
    """Every call that `submit` answers.

    Raises:
        BadSetting: no request could be made with these settings.
    """
    defaults = defaults_of(settings)
    tenants = tenants_of(stores.tenants, clock, settings)
    gate = gate_of(stores, tenants, identities, clock, settings)
    rates = Rates(clock)
    submit = Submit(stores.jobs, queue, tenants, clock, defaults, rates=rates)
    submitted = Submitted(wait, settings)
    jobs = SubmitJobs(submit, submitted)
    parts = SubmitParts(
        World(stores, queue, signer, clock, settings, tenants, defaults, rates, wait, submit, submitted)
    )  # fmt: skip
    return bound("submit", {
        "createJob": jobs.post,
        "estimateJob": jobs.estimate,
        "createUpload": later(lambda: parts.uploads.post),
        "createVariation": later(lambda: parts.variations.post),
        "cancelJob": later(lambda: parts.commands.cancel),
        "retryJob": later(lambda: parts.commands.retry),
        "deleteJob": later(lambda: parts.commands.delete),
        "redriveDeadLetter": later(lambda: parts.commands.redrive),
        "redeliver": later(lambda: parts.redeliveries.post),
        "receiveCallback": later(lambda: parts.callbacks.post),
        "generateImageTask": later(lambda: parts.tasks.post),
        "generateStudioImage": later(lambda: parts.studio.post),
        "createBatch": later(lambda: parts.batches.post),
        "cancelBatch": later(lambda: parts.batches.cancel),
        "retryBatch": later(lambda: parts.batches.retry),
        "createStoryboard": later(lambda: parts.boards.post),
        "cancelStoryboard": later(lambda: parts.boards.cancel),
        "retryStoryboard": later(lambda: parts.boards.retry),
        "regenerateScene": later(lambda: parts.boards.regenerate),
        "createScenes": later(lambda: parts.videos.create_scenes),
        "generateCharacterReference": later(lambda: parts.videos.generate_character_reference),
        "createKey": later(lambda: parts.keys.create),
        "rotateKey": later(lambda: parts.keys.rotate),
        "revokeKey": later(lambda: parts.keys.revoke),
        "pauseControl": later(lambda: parts.controls.pause),
        "resumeControl": later(lambda: parts.controls.resume),
    }, gate, settings.spoken, Cors(settings.origins))  # fmt: skip
