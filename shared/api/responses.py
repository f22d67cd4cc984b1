"""Answers, and the addresses in them."""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from shared.config import Settings


def json(body: Any, status: int, headers: Mapping[str, str]) -> Response:
    """An answer in JSON."""
    return Response(msgspec.json.encode(body), status, headers, "application/json")


def base_url(request: Request, settings: Settings) -> str:
    """What the client calls: PUBLIC_URL, or the host that it named."""
    return (settings.public_url or f"{request.url.scheme}://{request.url.netloc}").rstrip("/")
