"""GET /client.js: a module for pages that ask for images, as it is: nothing has to build it."""

from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from shared.api.conditional import NO_CACHE, etag_of, unless_known

MEDIA_TYPE = "text/javascript; charset=utf-8"
HEADERS = {**NO_CACHE, "X-Content-Type-Options": "nosniff", "Access-Control-Allow-Origin": "*"}  # any page may load it


async def client(request: Request) -> Response:
    """GET /client.js: one ES module, for browsers and Node."""
    body = _module()
    return unless_known(request, body, etag_of(body), MEDIA_TYPE, HEADERS)


@cache
def _module() -> bytes:
    return Path(__file__).with_name("client.js").read_bytes()
