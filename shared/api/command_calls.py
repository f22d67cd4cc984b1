"""The calls that command a job: parse, call the use case, render."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from shared.api.headers import caller_of
from shared.api.job_view import view
from shared.api.keyed import key_headers
from shared.api.responses import base_url, json
from shared.config import Settings
from shared.domain import commands
from shared.domain.job import Job
from shared.domain.keyed import known_until
from shared.use_cases.command import CommandJob, Rule


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
