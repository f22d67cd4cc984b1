"""Where a request enters a function that speaks dialects: what cannot even be begun is refused in theirs."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from shared.api import entry
from shared.api.dialect_words import WORDS
from shared.api.refusals import SCOPE
from shared.api.router import Router


async def answered(request: Request, made: Callable[[], Router]) -> Response:
    """As entry.answered."""
    request.scope[SCOPE] = WORDS
    return await entry.answered(request, made)
