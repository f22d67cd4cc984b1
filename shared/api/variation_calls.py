"""POST /v1/jobs/{id}/variations."""

from starlette.requests import Request
from starlette.responses import Response

from shared.api.bodies import decoded
from shared.api.headers import caller_of
from shared.api.submitted import Submitted
from shared.domain.variation import VariationRequest
from shared.use_cases.vary import Vary


class Variations:
    """New jobs from a job's image."""

    def __init__(self, vary: Vary, submitted: Submitted) -> None:
        self._vary = vary
        self._submitted = submitted

    async def post(self, request: Request) -> Response:
        """POST /v1/jobs/{id}/variations: answered as POST /v1/jobs; the body may be left out."""
        caller = caller_of(request)
        wanted = await decoded(request, VariationRequest, optional=True)
        job, replayed = await self._vary(request.path_params["job_id"], wanted, caller)
        return await self._submitted(request, job, replayed=replayed)
