"""Routing inside one function: Starlette's routes, our problems for all that goes wrong."""

from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from shared.api.problems import of_exception, problem
from shared.domain.errors import Rejected
from shared.telemetry import begin_trace

Handler = Callable[[Request], Awaitable[Response]]


class Router:
    """Answers a request by the handler of its route; never raises."""

    def __init__(self, routes: Sequence[tuple[str, str, Handler]]) -> None:
        """Take (method, path in Starlette's syntax, handler) triples."""
        self._routes = [Route(path, handler, methods=[method]) for method, path, handler in routes]

    async def __call__(self, request: Request) -> Response:
        """The answer: the handler's, or a problem."""
        begin_trace(request.headers.get("traceparent"))
        allowed: set[str] = set()
        for route in self._routes:
            match, scope = route.matches(request.scope)
            if match is Match.FULL:
                request.scope.update(scope)
                return await _answered(route.endpoint, request)
            if match is Match.PARTIAL:
                allowed |= route.methods or set()
        path = request.url.path
        if allowed:
            text = f"{path} does not take {request.method}; it takes {', '.join(sorted(allowed))}."
            return problem(Rejected(405, "method_not_allowed", text), Allow=", ".join(sorted(allowed)))
        return problem(Rejected(404, "not_found", f"There is nothing at {path}."))


async def _answered(handler: Handler, request: Request) -> Response:
    try:
        return await handler(request)
    except Exception as exc:  # noqa: BLE001 - the last place where an exception can become an answer
        return problem(of_exception(exc))
