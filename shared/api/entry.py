"""Where a request enters a function: what its configuration lacks is answered, not raised."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from shared.api.problems import of_exception
from shared.api.refusals import refusal
from shared.api.router import Router, at


async def answered(request: Request, made: Callable[[], Router]) -> Response:
    """The answer of the router that `made` gives, or a problem where it cannot be made.

    A router is made at the first request: its clients belong to the event loop and to the process that serves.
    """
    try:
        router = made()
    except Exception as exc:  # noqa: BLE001 - the last place where an exception can become an answer
        return refusal(request, at(request), of_exception(exc))
    return await router(request)
