"""The calls of `submit`: parse, call the use case, render."""

from collections.abc import Awaitable, Callable
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from shared.api.auth import gate_of
from shared.api.batch_calls import batches_of
from shared.api.binding import bound
from shared.api.bodies import decoded
from shared.api.callback_calls import Callbacks
from shared.api.control_calls import ControlCommands
from shared.api.cors import Cors
from shared.api.delivery_calls import Redeliveries
from shared.api.dialects.iga import GenerateImage
from shared.api.dialects.mv import MusicVideo
from shared.api.dialects.studio import GenerateStudioImage
from shared.api.headers import caller_of
from shared.api.job_view import view
from shared.api.key_calls import KeyCommands
from shared.api.keyed import key_headers
from shared.api.responses import base_url, json
from shared.api.router import Router
from shared.api.storyboard_calls import storyboards_of
from shared.api.submitted import Submitted
from shared.api.upload_calls import Uploads
from shared.api.variation_calls import Variations
from shared.config import Settings
from shared.domain import commands
from shared.domain.job import Job
from shared.domain.keyed import known_until
from shared.domain.request import JobRequest
from shared.ports import Clock, Identities, JobQueue, Stores
from shared.ports.uploads import UploadSigner
from shared.use_cases.call_back import CallBack
from shared.use_cases.command import CommandJob, Rule
from shared.use_cases.controls import controls_of
from shared.use_cases.manage_keys import ManageKeys
from shared.use_cases.parents import Parents
from shared.use_cases.plan import defaults_of
from shared.use_cases.rates import Rates
from shared.use_cases.redeliver import Redeliver
from shared.use_cases.resume import Resume
from shared.use_cases.start_upload import StartUpload
from shared.use_cases.submit import Submit
from shared.use_cases.tenants import tenants_of
from shared.use_cases.vary import Vary
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


class CommandJobs:
    """POST of commands, and DELETE."""

    def __init__(self, command: CommandJob, settings: Settings, stop_board: Callable[[Job], Awaitable[None]]) -> None:
        """`stop_board` cancels the pictures of a storyboard's job."""
        self._command = command
        self._settings = settings
        self._stop_board = stop_board

    async def cancel(self, request: Request) -> Response:
        """POST /v1/jobs/{id}/cancel: 200 once it is canceled, 202 while its worker is asked to stop."""
        job, headers = await self._do(request, commands.cancel)
        return json(view(job, base_url(request, self._settings)), 200 if job.is_over else 202, headers)

    async def retry(self, request: Request) -> Response:
        """POST /v1/jobs/{id}/retry: a failed job is queued again."""
        job, headers = await self._do(request, commands.retry)
        return json(view(job, base_url(request, self._settings)), 202, headers)

    async def redrive(self, request: Request) -> Response:
        """POST /v1/dead-letters/{id}/redrive: a job that gave up is queued again."""
        job, headers = await self._do(request, commands.redrive)
        return json(view(job, base_url(request, self._settings)), 202, headers)

    async def delete(self, request: Request) -> Response:
        """DELETE /v1/jobs/{id}: hidden at once; its images are removed by the next sweeps."""
        job, headers = await self._do(request, commands.delete)
        if job.board is not None:
            await self._stop_board(job)
        return Response(status_code=202, headers=headers)

    async def _do(self, request: Request, rule: Rule) -> tuple[Job, dict[str, str]]:
        caller = caller_of(request)
        job_id = request.path_params["job_id"]
        job, repeated = await self._command(caller.tenant, job_id, rule, caller.idempotency_key)
        return job, key_headers(caller.idempotency_key, known_until(job), replayed=repeated)


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
    variations = Variations(Vary(stores.jobs, submit, defaults), submitted)
    uploads = Uploads(StartUpload(signer, stores.upload_keys, clock))
    parents = Parents(stores.jobs, stores.batches, queue, clock)
    command = CommandJob(stores.jobs, queue, tenants, clock, parents)
    redeliveries = Redeliveries(Redeliver(stores.deliveries, queue, clock))
    callbacks = Callbacks(CallBack(stores.jobs, queue, clock), settings)
    batches = batches_of(stores, queue, clock, settings, tenants=tenants, defaults=defaults, rates=rates)
    boards = storyboards_of(
        stores, queue, clock, settings,
        tenants=tenants, defaults=defaults, rates=rates, command=command, submitted=submitted,
    )  # fmt: skip
    existing = CommandJobs(command, settings, boards.stop)
    tasks = GenerateImage(submit, partial(command, rule=commands.retry_retryable), settings)
    videos = MusicVideo(boards.submit, submit, wait, settings)
    keys = KeyCommands(ManageKeys(stores.keys, clock))
    controls = ControlCommands(controls_of(stores, clock, settings), Resume(stores.controls, stores.jobs, queue, clock))
    return bound("submit", {
        "createJob": jobs.post,
        "estimateJob": jobs.estimate,
        "createUpload": uploads.post,
        "createVariation": variations.post,
        "cancelJob": existing.cancel,
        "retryJob": existing.retry,
        "deleteJob": existing.delete,
        "redriveDeadLetter": existing.redrive,
        "redeliver": redeliveries.post,
        "receiveCallback": callbacks.post,
        "generateImageTask": tasks.post,
        "generateStudioImage": GenerateStudioImage(submit).post,
        "createBatch": batches.post,
        "cancelBatch": batches.cancel,
        "retryBatch": batches.retry,
        "createStoryboard": boards.post,
        "cancelStoryboard": boards.cancel,
        "retryStoryboard": boards.retry,
        "regenerateScene": boards.regenerate,
        "createScenes": videos.create_scenes,
        "generateCharacterReference": videos.generate_character_reference,
        "createKey": keys.create,
        "rotateKey": keys.rotate,
        "revokeKey": keys.revoke,
        "pauseControl": controls.pause,
        "resumeControl": controls.resume,
    }, gate, settings.spoken, Cors(settings.origins))  # fmt: skip
