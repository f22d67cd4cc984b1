"""The answer to whoever submits a job."""

from starlette.requests import Request
from starlette.responses import Response

from shared.api.deprecation import deprecation_headers
from shared.api.job_view import view
from shared.api.keyed import key_headers
from shared.api.responses import base_url, json
from shared.api.waiting import applied
from shared.config import Settings
from shared.domain.job import Job
from shared.domain.keyed import known_until


def submitted(request: Request, job: Job, settings: Settings, *, replayed: bool, waited: int | None = None) -> Response:
    """202 and where the job is; 200 where it has ended: its key had named it before, or it was waited for."""
    base = base_url(request, settings)
    shown = view(job, base)
    headers = {"Location": shown.urls.self, **deprecation_headers(job.deprecation, base), **applied(waited)}
    headers |= key_headers(job.idempotency_key, known_until(job), replayed=replayed)
    return json(shown, 200 if job.is_over else 202, headers)
