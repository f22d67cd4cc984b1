"""The calls of `submit`: parse, call the use case, render."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from shared.api.headers import body_of, caller_of
from shared.api.job_view import view
from shared.api.problems import invalid_body
from shared.api.responses import base_url, json
from shared.api.router import Router
from shared.config import Settings
from shared.domain.request import JobRequest
from shared.use_cases.submit import Submit

_request = msgspec.json.Decoder(JobRequest)


class SubmitJobs:
    """POST of jobs."""

    def __init__(self, submit: Submit, settings: Settings) -> None:
        self._submit = submit
        self._settings = settings

    async def post(self, request: Request) -> Response:
        """POST /v1/jobs."""
        caller = caller_of(request, self._settings)
        try:
            wanted = _request.decode(await body_of(request))
        except msgspec.MsgspecError as exc:
            raise invalid_body(exc) from exc
        job, replayed = await self._submit(wanted, caller)
        shown = view(job, base_url(request, self._settings))
        headers = {"Location": shown["urls"]["self"]}
        if replayed:
            headers["Idempotency-Replayed"] = "true"
        return json(shown, 200 if replayed and job.is_over else 202, headers)


def router(submit: Submit, settings: Settings) -> Router:
    """Every call that `submit` answers."""
    jobs = SubmitJobs(submit, settings)
    return Router([("POST", "/v1/jobs", jobs.post)])
