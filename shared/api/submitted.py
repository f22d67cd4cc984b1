"""The answer to whoever submits a job."""

from starlette.requests import Request
from starlette.responses import Response

from shared.api.deprecation import deprecation_headers
from shared.api.job_view import view
from shared.api.keyed import key_headers
from shared.api.responses import base_url, json
from shared.api.waiting import applied, unless_left, wait_of
from shared.config import Settings
from shared.domain.errors import Rejected
from shared.domain.job import Job
from shared.domain.keyed import known_until
from shared.use_cases.wait import Wait


class Submitted:
    """Answers with a job that was taken."""

    def __init__(self, wait: Wait, settings: Settings) -> None:
        self._wait = wait
        self._settings = settings

    async def __call__(self, request: Request, job: Job, *, replayed: bool) -> Response:
        """202 and where the job is; 200 where it has ended: its key had named it before, or it was waited for.

        With `Prefer: wait`, it comes once the job has ended.
        """
        seconds = wait_of(request)
        if seconds is not None:
            wait = self._wait.until(job, seconds, lambda job: job.is_over)
            try:
                job = await unless_left(request, wait, otherwise=job)
            except Rejected:  # no place to wait: the job was taken all the same, and its client must hear of it
                seconds = None
        base = base_url(request, self._settings)
        shown = view(job, base)
        headers = {"Location": shown.urls.self, **deprecation_headers(job.deprecation, base), **applied(seconds)}
        headers |= key_headers(job.idempotency_key, known_until(job), replayed=replayed)
        return json(shown, 200 if job.is_over else 202, headers)
