"""The calls of batches: parse, call the use case, render."""

from starlette.requests import Request
from starlette.responses import Response

from shared.api.batch_bodies import batch_of
from shared.api.batch_view import batch_view
from shared.api.headers import caller_of
from shared.api.keyed import key_headers
from shared.api.responses import base_url, json
from shared.config import Settings
from shared.domain import parent_commands
from shared.domain.parent import known_until
from shared.ports import Clock, JobQueue, Stores, Tenants
from shared.use_cases.carry_out import CarryOut
from shared.use_cases.command import CommandJob
from shared.use_cases.command_batch import CommandBatch, Rule
from shared.use_cases.parents import Parents
from shared.use_cases.plan import Defaults
from shared.use_cases.rates import Rates
from shared.use_cases.read_batch import ReadBatch, just_queued
from shared.use_cases.record_children import RecordChildren
from shared.use_cases.submit_batch import SubmitBatch


class Batches:
    """POST of batches and of commands on them."""

    def __init__(self, submit: SubmitBatch, command: CommandBatch, read: ReadBatch, settings: Settings) -> None:
        self._submit = submit
        self._command = command
        self._read = read
        self._settings = settings

    async def post(self, request: Request) -> Response:
        """POST /v1/batches."""
        caller = caller_of(request)
        parent, replayed = await self._submit(await batch_of(request), caller)
        state = await self._read.state(parent) if replayed else just_queued(parent)
        shown = batch_view(state, base_url(request, self._settings))
        headers = key_headers(caller.idempotency_key, known_until(parent), replayed=replayed)
        return json(shown, 200 if replayed and parent.is_over else 202, {"Location": shown.urls.self, **headers})

    async def cancel(self, request: Request) -> Response:
        """POST /v1/batches/{id}/cancel: 200 once it has ended, 202 while jobs of it are still to be stopped."""
        return await self._do(request, parent_commands.cancel)

    async def retry(self, request: Request) -> Response:
        """POST /v1/batches/{id}/retry: its failed jobs are queued again."""
        return await self._do(request, parent_commands.retry)

    async def _do(self, request: Request, rule: Rule) -> Response:
        caller = caller_of(request)
        batch_id = request.path_params["batch_id"]
        parent, repeated = await self._command(caller.tenant, batch_id, rule, caller.idempotency_key)
        shown = batch_view(await self._read.state(parent), base_url(request, self._settings))
        headers = key_headers(caller.idempotency_key, known_until(parent), replayed=repeated)
        return json(shown, 200 if parent.is_over else 202, headers)


def batches_of(
    stores: Stores,
    queue: JobQueue,
    clock: Clock,
    settings: Settings,
    *,
    tenants: Tenants,
    defaults: Defaults,
    rates: Rates,
) -> Batches:
    """The calls that `submit` answers."""
    jobs, batches = stores.jobs, stores.batches
    record = RecordChildren(jobs, batches, queue, clock)
    submit = SubmitBatch(jobs, batches, tenants, clock, record=record, defaults=defaults, rates=rates)
    command = CommandJob(jobs, queue, tenants, clock)
    of_parents = Parents(jobs, batches, queue, clock)
    carry_out = CarryOut(jobs, batches, clock, command=command, of_parents=of_parents)
    read = ReadBatch(jobs, batches, stores.ledger)
    return Batches(submit, CommandBatch(batches, carry_out, clock), read, settings)
