"""`GET /local/metrics`: what the functions' logs come to so far, as a page or as JSON."""

import asyncio
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from infra.local.kernel import Kernel
from infra.local.metrics.figures import as_json, objective, rows
from infra.local.metrics.observations import Observations
from infra.local.metrics.page import page
from infra.local.metrics.tables import metrics, slos
from infra.local.rest import HttpService


def metrics_service(kernel: Kernel, logs: Path) -> HttpService:
    """What shows the metrics of the functions whose logs are in the folder `logs`."""
    service = HttpService(kernel, "metrics")
    table, objectives = metrics(), slos()
    by_name = {metric.name: metric for metric in table}
    observations = Observations(logs, table)
    reading = asyncio.Lock()  # from where the last one stopped

    async def show(request: Request) -> Response:
        """The functions' metrics and objectives, reckoned from their logs: a page for browsers, JSON for others."""
        async with reading:
            await asyncio.to_thread(observations.read_on)
            if "text/html" not in request.headers.get("accept", ""):
                return JSONResponse(as_json(table, objectives, observations))
            fared = [objective(slo, by_name[slo.metric], observations) for slo in objectives]
            return HTMLResponse(page(fared, [(metric, rows(metric, observations)) for metric in table]))

    service.route("show", "GET", "/local/metrics", show)
    return service
