"""Bodies of JSON, in and out."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from infra.local.vertex.refusal import invalid

MODELS = "/projects/{project}/locations/{location}/publishers/google/models/{model}"


async def json_body(request: Request) -> dict[str, Any]:
    """The request's body, an object.

    Raises:
        Refusal: INVALID_ARGUMENT otherwise.
    """
    try:
        body = msgspec.json.decode(await request.body())
    except msgspec.DecodeError as exc:
        raise invalid(f"Invalid JSON payload received. {exc}") from exc
    if not isinstance(body, dict):
        raise invalid("Invalid JSON payload received. Root element must be a message.")
    return body


def json_response(body: Any) -> Response:
    """An answer of JSON."""
    return Response(msgspec.json.encode(body), media_type="application/json")
