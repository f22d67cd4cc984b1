"""Answers that a client may have already: ETag and If-None-Match, as RFC 9110 (8.8.3, 13.1.2) has them."""

import re
from collections.abc import Mapping
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response

_TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')
NO_CACHE = {"Cache-Control": "no-cache"}


def is_known(request: Request, etag: str) -> bool:
    """Whether the client has this version: `If-None-Match` names it, weakly or strongly, among others or by `*`."""
    known = ",".join(request.headers.getlist("if-none-match"))
    return known.strip() == "*" or etag.removeprefix("W/") in _TAG.findall(known)


def etag_of(body: bytes) -> str:
    """The version of an answer, by its content."""
    return f'"{sha256(body).hexdigest()[:16]}"'


def unless_known(
    request: Request, body: bytes, etag: str, media_type: str, headers: Mapping[str, str] = NO_CACHE
) -> Response:
    """The answer, or 304 where the client has it."""
    told = {"ETag": etag, **headers}
    return Response(status_code=304, headers=told) if is_known(request, etag) else Response(body, 200, told, media_type)
