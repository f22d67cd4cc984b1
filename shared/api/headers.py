"""What the headers of a request say about who asks, and for what."""

import re
from collections.abc import AsyncGenerator

from starlette.requests import Request

from shared.domain.caller import Caller, Identity
from shared.domain.errors import Rejected
from shared.telemetry import traceparent

MAX_BODY = 1024 * 1024  # bytes
KEY = re.compile(r"[\x21-\x7e]{1,255}")  # visible ASCII, as the IETF's Idempotency-Key draft has it
# What JSON Lines are called: no name of theirs is registered.
LINES = ("application/jsonl", "application/x-ndjson", "application/x-jsonlines", "application/ndjson")
MAX_NAME = 255  # characters of X-Workflow-ID and X-User-ID


def identity_of(request: Request) -> Identity:
    """Who asks: of an operation that has a scope, the gate has put it there."""
    identity: Identity = request.scope["identity"]
    return identity


def tenant_of(request: Request) -> str:
    """The tenant that asks."""
    return identity_of(request).tenant


def caller_of(request: Request) -> Caller:
    """Who asks, with which idempotency key and in which workflow.

    Raises:
        Rejected: 400 for a header that cannot be used.
    """
    return Caller(
        tenant=tenant_of(request),
        idempotency_key=_key(request),
        workflow_id=_name(request, "X-Workflow-ID"),
        user_id=_name(request, "X-User-ID"),
        traceparent=traceparent(),
    )


async def body_of(request: Request) -> bytes:
    """The JSON body.

    Raises:
        Rejected: 413 above 1 MiB, 415 for another media type, 400 when there is none.
    """
    media_type = media_type_of(request)
    if media_type != "application/json" and not media_type.endswith("+json"):
        raise Rejected(415, "unsupported_media_type", f"The body must be application/json, not {media_type}.")
    body = await read(request)
    if not body:
        raise Rejected(
            400, "missing_body", 'There is no body; the least is {"prompt": "…"}.', errors=(("", "missing"),)
        )
    return body


def media_type_of(request: Request) -> str:
    """What the body is said to be; JSON, where nothing is said."""
    return request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()


async def read(request: Request, most: int = MAX_BODY) -> bytes:
    """The body, of whatever type.

    Raises:
        Rejected: as `chunks`.
    """
    body = bytearray()
    async for chunk in chunks(request, most):
        body += chunk
    return bytes(body)


async def chunks(request: Request, most: int) -> AsyncGenerator[bytes]:
    """The body as it comes.

    Raises:
        Rejected: 413 above `most` bytes, or above less that its tenant may send.
    """
    most = min(most, request.scope.get("max_body", most))
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > most:
        raise _too_large(most)
    came = 0
    async for chunk in request.stream():
        came += len(chunk)
        if came > most:
            raise _too_large(most)
        yield chunk


def _too_large(most: int) -> Rejected:
    return Rejected(413, "body_too_large", f"The body may have at most {most} bytes.")


def _key(request: Request) -> str | None:
    given = {key for name in ("idempotency-key", "x-idempotency-key") for key in request.headers.getlist(name)}
    if len(given) > 1:
        text = "Idempotency-Key and X-Idempotency-Key name two keys: nobody could say which is meant."
        raise Rejected(400, "invalid_idempotency_key", text)
    key = next(iter(given), None)
    if key is None or KEY.fullmatch(key):
        return key
    text = f"Idempotency-Key must be 1 to 255 visible ASCII characters; this one has {len(key)} characters."
    raise Rejected(400, "invalid_idempotency_key", text)


def _name(request: Request, header: str) -> str | None:
    value = request.headers.get(header)
    if value is not None and not (0 < len(value) <= MAX_NAME and value.isprintable()):
        raise Rejected(400, "invalid_header", f"{header} must be 1 to {MAX_NAME} printable characters.")
    return value
