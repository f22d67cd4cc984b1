"""The control port: counts and traces of calls, faults, and the clock, over HTTP."""

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infra.local.clock import Clock
from infra.local.faults import Fault, Faults
from infra.local.kernel import Kernel
from infra.local.rest import HttpError, HttpService


def control_service(kernel: Kernel) -> HttpService:
    """The operations of the control port."""
    service = HttpService(kernel, "control")

    async def health(_: Request) -> Response:
        """That it is up."""
        return JSONResponse({"status": "ok"})

    service.route("health", "GET", "/health", health)
    _offer_counts(service, kernel.faults)
    _offer_faults(service, kernel.faults)
    _offer_trace(service, kernel.faults)
    _offer_clock(service, kernel.clock)
    return service


def _offer_counts(service: HttpService, faults: Faults) -> None:
    async def counts(_: Request) -> Response:
        """How often each RPC and operation was called, by `service.Method`; refused and failed calls count too."""
        calls = {name: n for name, n in sorted(faults.calls.items()) if not name.startswith("control.")}
        return JSONResponse(calls)

    async def reset_counts(_: Request) -> Response:
        """Count from 0 again."""
        faults.calls.clear()
        return Response(status_code=204)

    service.route("counts", "GET", "/counts", counts)
    service.route("counts.reset", "DELETE", "/counts", reset_counts)


def _offer_faults(service: HttpService, faults: Faults) -> None:
    async def rules(_: Request) -> Response:
        """The faults in force, each with its id and how often it struck."""
        listed = [{"id": i, "hits": hits, **msgspec.to_builtins(fault)} for i, (fault, hits) in faults.rules().items()]
        return JSONResponse(listed)

    async def add(request: Request) -> Response:
        """Put a fault in force: a JSON object of the fields below; gives its id."""
        try:
            fault = msgspec.json.decode(await request.body(), type=Fault)
        except msgspec.MsgspecError as exc:
            raise HttpError(400, f"not a fault: {exc}") from exc
        return JSONResponse({"id": faults.add(fault)}, status_code=201)

    async def remove(request: Request) -> Response:
        """End one fault."""
        if not faults.remove(request.path_params["id"]):
            raise HttpError(404, f"there is no fault {request.path_params['id']}")
        return Response(status_code=204)

    async def clear(_: Request) -> Response:
        """End all faults."""
        faults.clear()
        return Response(status_code=204)

    service.route("faults", "GET", "/faults", rules)
    service.route("faults.add", "POST", "/faults", add)
    service.route("faults.clear", "DELETE", "/faults", clear)
    service.route("faults.remove", "DELETE", "/faults/{id:int}", remove)


def _offer_trace(service: HttpService, faults: Faults) -> None:
    async def trace(_: Request) -> Response:
        """The calls in the order of their arrival, each with its time, caller's port and request in one line."""
        return JSONResponse([call._asdict() for call in faults.trace.calls if call.service != "control"])

    async def trace_begin(_: Request) -> Response:
        """Begin to keep calls, and forget earlier ones."""
        faults.trace.begin()
        return Response(status_code=204)

    async def trace_end(_: Request) -> Response:
        """Keep no more."""
        faults.trace.end()
        return Response(status_code=204)

    service.route("trace", "GET", "/trace", trace)
    service.route("trace.begin", "POST", "/trace", trace_begin)
    service.route("trace.end", "DELETE", "/trace", trace_end)


def _offer_clock(service: HttpService, clock: Clock) -> None:
    async def time(_: Request) -> Response:
        """The local cloud's time, in microseconds since the epoch."""
        return JSONResponse({"micros": clock.now()})

    async def advance(request: Request) -> Response:
        """Move the time of all services forward: `{"seconds": 3600}`; deadlines, retries and expiries follow."""
        try:
            clock.advance(msgspec.json.decode(await request.body(), type=_Advance).seconds)
        except (msgspec.MsgspecError, ValueError) as exc:
            raise HttpError(400, f"the clock cannot be moved so: {exc}") from exc
        return JSONResponse({"micros": clock.now()})

    service.route("clock", "GET", "/clock", time)
    service.route("clock.advance", "POST", "/clock/advance", advance)


class _Advance(msgspec.Struct, forbid_unknown_fields=True):
    seconds: float
