"""JSON bodies as the values they are to be."""

from functools import cache
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request

from shared.api.headers import body_of, read
from shared.api.problems import invalid_body, malformed

T = TypeVar("T", bound=msgspec.Struct)


async def decoded(request: Request, model: type[T], *, optional: bool = False) -> T:
    """The body as a `model`; where it is `optional`, none stands for an empty object.

    Raises:
        Rejected: 400, with a pointer to the field at fault; and as headers.body_of.
    """
    left_out = optional and "content-type" not in request.headers
    body = (await read(request) or b"{}") if left_out else await body_of(request)
    try:
        found: T = _decoder(model).decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError) as exc:
        raise invalid_body(exc, model) from exc
    return found


async def any_json(request: Request) -> Any:
    """The body, JSON of any shape, whatever its client calls it: as the dialects take it.

    Raises:
        Rejected: 400, it is not JSON; 413, it is too large.
    """
    try:
        return msgspec.json.decode(await read(request))
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise malformed(str(exc)) from exc
    except RecursionError as exc:
        raise malformed("it is nested too deeply") from exc


def converted(value: Any, model: type[T]) -> T:
    """What `any_json` gave, as a `model`.

    Raises:
        Rejected: 400, with a pointer to the field at fault.
    """
    try:
        return msgspec.convert(value, model)
    except msgspec.ValidationError as exc:
        raise invalid_body(exc, model) from exc


@cache
def _decoder(model: type[T]) -> msgspec.json.Decoder[T]:
    return msgspec.json.Decoder(model)
