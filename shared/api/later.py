"""Calls that are seldom asked for: what answers them is made, and its modules loaded, by their first request."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from shared.api.router import Handler


def later(handler: Callable[[], Handler]) -> Handler:
    """Answers as the handler that is given when a request comes; whoever gives it keeps what it is a method of."""

    async def answer(request: Request) -> Response:
        return await handler()(request)

    return answer
