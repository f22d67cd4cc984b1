"""GET /openapi.json and /docs: the contract, made when somebody first asks for it."""

from functools import cache

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from shared.api.conditional import etag_of, unless_known
from shared.config import Settings


class ContractCalls:
    """The contract, for programs and for people. It says nothing of any tenant, and so needs no key."""

    def __init__(self, settings: Settings) -> None:
        self._server = (settings.public_url or "").rstrip("/") or "/"
        self._closed = settings.auth_mode != "none"
        self._spoken = settings.spoken

    async def openapi(self, request: Request) -> Response:
        """GET /openapi.json."""
        body, etag = _document(self._server, self._spoken, closed=self._closed)
        return unless_known(request, body, etag, "application/json")

    async def docs(self, request: Request) -> Response:
        """GET /docs: the same, as a page that needs nothing else."""
        from shared.api.contract.page import HEADERS

        body, etag = _page(self._server, self._spoken, closed=self._closed)
        return unless_known(request, body, etag, "text/html; charset=utf-8", HEADERS)


@cache
def _document(server: str, spoken: frozenset[str], *, closed: bool) -> tuple[bytes, str]:
    from shared.api.contract.openapi import openapi

    body = msgspec.json.encode(openapi(server, closed=closed, spoken=spoken))
    return body, etag_of(body)


@cache
def _page(server: str, spoken: frozenset[str], *, closed: bool) -> tuple[bytes, str]:
    from shared.api.contract.openapi import openapi
    from shared.api.contract.page import page

    body = page(openapi(server, closed=closed, spoken=spoken)).encode()
    return body, etag_of(body)
