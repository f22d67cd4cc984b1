"""Refusals as the client of an operation reads them: a problem or, of a dialect, what that has for one."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec
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


def _iga() -> Said:
    from shared.api.dialects.iga import said

    return said


def _studio() -> Said:
    from shared.api.dialects.studio import said

    return said


def _openai() -> Said:
    from shared.api.dialects.openai import said

    return said


# Each is imported when the first of its refusals is written.
DIALECTS: dict[str, Callable[[], Said]] = {"iga": _iga, "studio": _studio, "openai": _openai}


def refusal(operation: Operation | None, rejected: Rejected, **headers: str) -> Response:
    """The answer to a request that was not taken; with no operation, it was for none."""
    if operation is None or operation.dialect not in DIALECTS:  # one that has no words of its own says it in ours
        return problem(rejected, **headers)
    said = DIALECTS[operation.dialect]()(rejected)
    if rejected.retry_after:
        headers["Retry-After"] = str(rejected.retry_after)
    return Response(msgspec.json.encode(said.body), said.status, {**headers, **said.headers}, "application/json")
