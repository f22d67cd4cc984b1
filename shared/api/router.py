"""Routing inside one function: Starlette's routes, our problems for all that goes wrong."""

import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import cached_property
from http import HTTPStatus
from time import perf_counter

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from shared.api.cors import Cors
from shared.api.headers import MAX_NAME
from shared.api.operations import OPERATIONS, Operation
from shared.api.problems import of_exception
from shared.api.queries import check_once
from shared.api.refusals import SCOPE, Words, refusal
from shared.api.tracing import Around, as_message, as_request
from shared.api.waited import waited
from shared.domain.errors import Rejected
from shared.telemetry import event

HEALTH = "/health"  # asked so often that nobody wants to read of it

Handler = Callable[[Request], Awaitable[Response]]
Gate = Callable[[Request, Operation], Awaitable[Response | None]]  # the refusal; None: come in


class Router:
    """Answers a request by the handler of its operation; never raises.

    A handler finds its operation in `request.scope["operation"]`, and who asks by headers.tenant_of.
    """

    def __init__(
        self,
        routes: Sequence[tuple[Operation, Handler]],
        gate: Gate,
        elsewhere: Iterable[Operation] = (),
        cors: Cors | None = None,
        words: Words | None = None,
        *,
        around: Around = as_request,
    ) -> None:
        """Take operations, what answers them, what looks at a request before, and what others answer.

        Requests are compared with the operations in their order: what is asked for most comes first.

        `cors`: what browsers are told of pages of other origins; None: nothing. `words`: those of dialects, for what is
        refused. `around`: how traces are told of a request.
        """
        self._around = around
        self._words = words or {}
        self._cors = cors or Cors()
        self._gate = gate
        self._routes = [_Way(operation, handler) for operation, handler in routes]
        self._elsewhere = [_Way(operation, _nobody) for operation in elsewhere]

    @property
    def operations(self) -> tuple[Operation, ...]:
        """What it answers."""
        return tuple(way.operation for way in self._routes)

    async def __call__(self, request: Request) -> Response:
        """The answer: the handler's, or a problem."""
        request.scope.setdefault(SCOPE, self._words)
        return await self._around(request, self._logged)

    async def _logged(self, request: Request) -> Response:
        began = perf_counter()
        answer = await self._answer(request)
        self._cors.tell(request, answer)
        wait = waited(request)
        event(
            "request answered",
            level=logging.DEBUG if request.scope["path"] == HEALTH else logging.INFO,
            operation=operation.id if (operation := request.scope.get("operation")) else None,
            method=request.method,
            status=answer.status_code,
            outcome=_outcome(answer.status_code),
            latency_ms=round((perf_counter() - began - wait) * 1000, 1),
            waited_ms=round(wait * 1000, 1) or None,
            workflow_id=request.headers.get("x-workflow-id", "")[:MAX_NAME] or None,
        )
        return answer

    async def _answer(self, request: Request) -> Response:
        for way in self._routes:
            match, scope = way.route.matches(request.scope)
            if match is Match.FULL:
                operation = way.operation
                request.scope.update(scope, operation=operation)
                answer = await self._gate(request, operation) or await _answered(operation, way.handler, request)
                if told := request.scope.get("answer_headers"):
                    answer.headers.update(told)
                return answer
        return self._not_found(request)

    def _not_found(self, request: Request) -> Response:
        """405 where the API has the path, whoever answers it: a method decides which function is asked.

        But a browser that asks beforehand, on behalf of a page that may call, is told so.
        """
        allowed: set[str] = set()
        there: Operation | None = None
        for way in (*self._routes, *self._elsewhere):
            if way.route.matches(request.scope)[0] is not Match.NONE:
                allowed |= way.route.methods or set()
                there = way.operation
        path, methods = request.url.path, ", ".join(sorted(allowed))
        if request.method in allowed:
            text = f"{request.method} {path} is answered by another function."
            return refusal(request, there, Rejected(404, "not_found", text))
        if allowed and (told := self._cors.preflight(request, allowed)):
            return told
        if allowed:
            text = f"{path} does not take {request.method}; it takes {methods}."
            return refusal(request, there, Rejected(405, "method_not_allowed", text), Allow=methods)
        return refusal(request, there, Rejected(404, "not_found", f"There is nothing at {path}."))


class _Way:
    """An operation and what answers it; its address is compiled when a request is first compared with it."""

    def __init__(self, operation: Operation, handler: Handler) -> None:
        self.operation = operation
        self.handler = handler

    @cached_property
    def route(self) -> Route:
        path = self.operation.path.replace("{path}", "{path:path}")  # the one parameter that may have slashes
        return Route(path, self.handler, methods=[self.operation.method])


def at(request: Request) -> Operation | None:
    """An operation that has the request's path, whatever its method."""
    for operation in OPERATIONS.values():
        if _Way(operation, _nobody).route.matches(request.scope)[0] is not Match.NONE:
            return operation
    return None


def messages(handler: Handler) -> Router:
    """The router of a function that takes messages: POST, to whatever path the subscription or the trigger names."""
    operation = Operation("receiveMessage", "POST", "/{path}", None, None)
    return Router([(operation, handler)], everybody, around=as_message)


async def everybody(_: Request, __: Operation) -> None:
    """The platform's IAM is what lets in those who bring messages."""


def _outcome(status: int) -> str:
    """What is counted: whether it was done, whether the client is to blame, or whether we are."""
    if status < HTTPStatus.BAD_REQUEST:
        return "done"
    return "refused" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "failed"


async def _nobody(_: Request) -> Response:
    """Stands for what another function answers; never asked."""
    raise AssertionError


async def _answered(operation: Operation, handler: Handler, request: Request) -> Response:
    try:
        check_once(request)
        return await handler(request)
    except Exception as exc:  # noqa: BLE001 - the last place where an exception can become an answer
        return refusal(request, operation, of_exception(exc))
