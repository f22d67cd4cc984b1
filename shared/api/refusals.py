"""Refusals as the client of an operation reads them: a problem or, of a dialect, what that has for one."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from shared.api.operations import Operation
from shared.api.problems import problem
from shared.domain.errors import Rejected


class Refusal(NamedTuple):
    """What a dialect answers instead of a problem."""

    status: int
    body: msgspec.Struct
    headers: Mapping[str, str] = {}


Said = Callable[[Rejected], Refusal]  # in the dialect's words


Words = Mapping[str, Callable[[], Said]]  # dialect → its words, imported when its first refusal is written
SCOPE = "darkroom.words"  # where a request has those of its function


def refusal(request: Request, operation: Operation | None, rejected: Rejected, **headers: str) -> Response:
    """The answer to a request that was not taken; with no operation, it was for none."""
    words: Words = request.scope.get(SCOPE, {})
    dialect = operation.dialect if operation else None
    if dialect is None or dialect not in words:  # one that has no words of its own says it in ours
        return problem(rejected, **headers)
    said = words[dialect]()(rejected)
    if rejected.retry_after:
        headers["Retry-After"] = str(rejected.retry_after)
    return Response(msgspec.json.encode(said.body), said.status, {**headers, **said.headers}, "application/json")
