"""JSON bodies as the values they are to be."""

from functools import cache
from typing import TypeVar

import msgspec
from starlette.requests import Request

from shared.api.headers import body_of, read
from shared.api.problems import invalid_body

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


@cache
def _decoder(model: type[T]) -> msgspec.json.Decoder[T]:
    return msgspec.json.Decoder(model)
