"""The control port: counts and traces of calls, faults, and the clock, over HTTP."""

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infra.local.faults import Fault
from infra.local.kernel import Kernel
from infra.local.rest import HttpError, HttpService


def control_service(kernel: Kernel) -> HttpService:  # noqa: C901 - a list of small operations, not a branching
    """The operations of the control port."""
    faults, clock = kernel.faults, kernel.clock
    service = HttpService(kernel, "control")

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def counts(_: Request) -> Response:
        calls = {name: n for name, n in sorted(faults.calls.items()) if not name.startswith("control.")}
        return JSONResponse(calls)

    async def reset_counts(_: Request) -> Response:
        faults.calls.clear()
        return Response(status_code=204)

    async def rules(_: Request) -> Response:
        listed = [{"id": i, "hits": hits, **msgspec.to_builtins(fault)} for i, (fault, hits) in faults.rules().items()]
        return JSONResponse(listed)

    async def add(request: Request) -> Response:
        try:
            fault = msgspec.json.decode(await request.body(), type=Fault)
        except msgspec.MsgspecError as exc:
            raise HttpError(400, f"not a fault: {exc}") from exc
        return JSONResponse({"id": faults.add(fault)}, status_code=201)

    async def remove(request: Request) -> Response:
        if not faults.remove(request.path_params["id"]):
            raise HttpError(404, f"there is no fault {request.path_params['id']}")
        return Response(status_code=204)

    async def clear(_: Request) -> Response:
        faults.clear()
        return Response(status_code=204)

    async def trace(_: Request) -> Response:
        return JSONResponse([call._asdict() for call in faults.trace.calls if call.service != "control"])

    async def trace_begin(_: Request) -> Response:
        faults.trace.begin()
        return Response(status_code=204)

    async def trace_end(_: Request) -> Response:
        faults.trace.end()
        return Response(status_code=204)

    async def time(_: Request) -> Response:
        return JSONResponse({"micros": clock.now()})

    async def advance(request: Request) -> Response:
        try:
            clock.advance(msgspec.json.decode(await request.body(), type=_Advance).seconds)
        except (msgspec.MsgspecError, ValueError) as exc:
            raise HttpError(400, f"the clock cannot be moved so: {exc}") from exc
        return JSONResponse({"micros": clock.now()})

    service.route("health", "GET", "/health", health)
    service.route("counts", "GET", "/counts", counts)
    service.route("counts.reset", "DELETE", "/counts", reset_counts)
    service.route("faults", "GET", "/faults", rules)
    service.route("faults.add", "POST", "/faults", add)
    service.route("faults.clear", "DELETE", "/faults", clear)
    service.route("faults.remove", "DELETE", "/faults/{id:int}", remove)
    service.route("trace", "GET", "/trace", trace)
    service.route("trace.begin", "POST", "/trace", trace_begin)
    service.route("trace.end", "DELETE", "/trace", trace_end)
    service.route("clock", "GET", "/clock", time)
    service.route("clock.advance", "POST", "/clock/advance", advance)
    return service


class _Advance(msgspec.Struct, forbid_unknown_fields=True):
    seconds: float
