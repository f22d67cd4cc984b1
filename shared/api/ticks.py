"""The call of `sweep`: a tick of the scheduler, or anybody's who may call it."""

from starlette.requests import Request
from starlette.responses import Response

from shared.api.responses import json
from shared.api.router import Router, messages
from shared.telemetry import begin_trace, span
from shared.use_cases.sunsets import WarnOfSunsets
from shared.use_cases.sweep import Sweep


def router(sweep: Sweep, warn_of_sunsets: WarnOfSunsets) -> Router:
    """Every call that `sweep` answers: POST, to any path; the answer says how many repairs of each kind were made."""

    async def post(request: Request) -> Response:
        begin_trace(request.headers.get("traceparent"), sample=True)
        with span("sweep", "server") as swept:
            repaired = await sweep()
            swept.set({f"darkroom.repairs.{kind}": count for kind, count in repaired.items()})
        warn_of_sunsets()
        return json({"repaired": repaired}, 200, {})

    return messages(post)
