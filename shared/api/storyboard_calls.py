"""The calls of storyboards: parse, call the use case, render."""

from starlette.requests import Request
from starlette.responses import Response

from shared.api.bodies import decoded
from shared.api.headers import caller_of
from shared.api.keyed import key_headers
from shared.api.responses import base_url, json
from shared.api.storyboard_view import board_view
from shared.api.submitted import Submitted
from shared.config import Settings
from shared.domain.errors import Rejected
from shared.domain.keyed import known_until
from shared.domain.storyboard import SceneChange, StoryboardRequest
from shared.ports import Clock, JobQueue, Stores, Tenants
from shared.use_cases.carry_out import CarryOut
from shared.use_cases.change_storyboard import CANCEL, RETRY, ChangeStoryboard, Rules
from shared.use_cases.command import CommandJob
from shared.use_cases.command_batch import CommandBatch
from shared.use_cases.parents import Parents
from shared.use_cases.plan import Defaults
from shared.use_cases.rates import Rates
from shared.use_cases.read_storyboard import ReadStoryboard
from shared.use_cases.regenerate_scene import RegenerateScene
from shared.use_cases.submit_storyboard import SubmitStoryboard

MAX_DIGITS = 4


class Storyboards:
    """POST of storyboards and of commands on them."""

    def __init__(
        self,
        submit: SubmitStoryboard,
        change: ChangeStoryboard,
        regenerate: RegenerateScene,
        read: ReadStoryboard,
        submitted: Submitted,
        *,
        settings: Settings,
    ) -> None:
        self.submit = submit
        self.stop = change.stop
        self._change = change
        self._regenerate = regenerate
        self._read = read
        self._submitted = submitted
        self._settings = settings

    async def post(self, request: Request) -> Response:
        """POST /v1/storyboards."""
        caller = caller_of(request)
        job, replayed = await self.submit(await decoded(request, StoryboardRequest), caller)
        state = await self._read.state(job)
        shown = board_view(state, base_url(request, self._settings))
        headers = {"Location": shown.urls.self}
        headers |= key_headers(caller.idempotency_key, known_until(job), replayed=replayed)
        return json(shown, 200 if state.is_over else 202, headers)

    async def cancel(self, request: Request) -> Response:
        """POST /v1/storyboards/{id}/cancel: 200 once it has ended, 202 while something of it is still to be stopped."""
        return await self._do(request, CANCEL)

    async def retry(self, request: Request) -> Response:
        """POST /v1/storyboards/{id}/retry: what failed is queued again, the writing or the pictures."""
        return await self._do(request, RETRY)

    async def regenerate(self, request: Request) -> Response:
        """POST /v1/storyboards/{id}/scenes/{index}/regenerate: the scene's new picture, a job."""
        caller, params = caller_of(request), request.path_params
        change = await decoded(request, SceneChange, optional=True)
        index = index_of(params["board_id"], params["index"])
        job, replayed = await self._regenerate(caller, params["board_id"], index, change)
        return await self._submitted(request, job, replayed=replayed)

    async def _do(self, request: Request, rules: Rules) -> Response:
        caller, board_id = caller_of(request), request.path_params["board_id"]
        repeated = await self._change(caller.tenant, board_id, rules, caller.idempotency_key)
        state = await self._read(caller.tenant, board_id)
        shown = board_view(state, base_url(request, self._settings))
        headers = key_headers(caller.idempotency_key, known_until(state.job), replayed=repeated)
        return json(shown, 200 if state.is_over else 202, headers)


def index_of(board_id: str, text: str) -> int:
    """The index of a scene in an address.

    Raises:
        Rejected: 404, it is none.
    """
    if text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS:
        return int(text)
    raise Rejected(404, "scene_not_found", f"Storyboard {board_id} has no scene {text!r}; they are counted from 0.")


def storyboards_of(
    stores: Stores,
    queue: JobQueue,
    clock: Clock,
    settings: Settings,
    *,
    tenants: Tenants,
    defaults: Defaults,
    rates: Rates,
    command: CommandJob,
    submitted: Submitted,
) -> Storyboards:
    """The calls that `submit` answers."""
    jobs, parents = stores.jobs, stores.batches
    submit = SubmitStoryboard(jobs, queue, tenants, clock, defaults, settings=settings, rates=rates)
    by_pages = CommandJob(jobs, queue, tenants, clock)
    carry_out = CarryOut(jobs, parents, clock, command=by_pages, of_parents=Parents(jobs, parents, queue, clock))
    change = ChangeStoryboard(jobs, parents, command, CommandBatch(parents, carry_out, clock, kind="storyboard"))
    read = ReadStoryboard(jobs, parents, stores.ledger)
    regenerate = RegenerateScene(jobs, parents, queue, tenants, clock, read=read, defaults=defaults)
    return Storyboards(submit, change, regenerate, read, submitted, settings=settings)
