"""Errors as application/problem+json (RFC 9457): a stable `code`, a `detail` that says what to do, pointers."""

import logging
import re
from http import HTTPStatus

import msgspec
from msgspec import UNSET, UnsetType
from starlette.responses import Response

from shared.api.expectations import expected, fields
from shared.config import BadSetting, MissingSetting
from shared.domain.errors import AttemptError, Rejected
from shared.domain.exceeded import Exceeded
from shared.telemetry import event

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5
_AT = re.compile(r" - at `(?:key` in `)?\$(?P<path>[^`]*)`$")
_FIELD = re.compile(r"(?P<what>required|unknown) field `(?P<name>.*)`", re.DOTALL)  # a name may have any character


class FieldError(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with one field of a request."""

    pointer: str  # JSON pointer into the body
    detail: str


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Why a request was not taken."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    errors: tuple[FieldError, ...] | UnsetType = UNSET
    exceeded: Exceeded | UnsetType = UNSET  # of 402 and 429


def problem(rejected: Rejected, **headers: str) -> Response:
    """The answer to a request that was not taken."""
    body = Problem(
        title=HTTPStatus(rejected.status).phrase,
        status=rejected.status,
        code=rejected.code,
        detail=rejected.detail,
        errors=tuple(FieldError(pointer=pointer, detail=detail) for pointer, detail in rejected.errors) or UNSET,
        exceeded=rejected.exceeded or UNSET,
    )
    if rejected.retry_after:
        headers["Retry-After"] = str(rejected.retry_after)
    return Response(msgspec.json.encode(body), rejected.status, headers, MEDIA_TYPE)


def of_exception(exc: Exception) -> Rejected:
    """What a caller is told of an exception that reached the router."""
    if isinstance(exc, Rejected):
        if exc.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            event("not answered as asked", level=logging.ERROR, error=exc, code=exc.code)
        return exc
    if isinstance(exc, MissingSetting):
        text = f"This deployment is not configured: {exc}. Set it for this function and deploy again."
        return Rejected(503, f"missing_{exc.name.lower()}", text)
    if isinstance(exc, BadSetting):
        return Rejected(503, "bad_configuration", f"This deployment is not configured well: {exc}.")
    if isinstance(exc, AttemptError):
        return Rejected(503, exc.code, exc.message, retry_after=RETRY_SECONDS)
    event("unexpected error", level=logging.ERROR, error=exc)
    text = "Something went wrong here. The logs of this function say what; repeating with the same key is safe."
    return Rejected(500, "internal_error", text)


def invalid_body(exc: msgspec.MsgspecError | UnicodeDecodeError, model: type[msgspec.Struct]) -> Rejected:
    """400 for a body that is no `model`, with a pointer to the field at fault and what belongs there."""
    text = str(exc)
    if not isinstance(exc, msgspec.ValidationError):
        return malformed(text)
    at = _AT.search(text)
    path = _path(at["path"]) if at else ()
    reason = _AT.sub("", text)
    if field := _FIELD.search(reason):
        name, known = field["name"], ", ".join(fields(model, path))
        reason = "is missing" if field["what"] == "required" else f"is no field of this request; there are {known}"
        path = (*path, name)
    elif wanted := expected(model, path):
        reason = f"must be {wanted}"
    pointer = "".join("/" + _escaped(part) for part in path)
    return Rejected(400, "invalid_request", f"{pointer or 'The body'} {reason}.", errors=((pointer, reason),))


def malformed(why: str) -> Rejected:
    """400 for a body that is not JSON."""
    return Rejected(400, "malformed_json", f"The body is not JSON: {why}.")


def _path(path: str) -> tuple[str, ...]:
    """`.references[0].url` → references, 0, url; of `.labels[...]`, somewhere in it, labels."""
    parts = re.findall(r"\.([^.\[\]]+)|\[(\d+)\]", path)
    return tuple(name or index for name, index in parts)


def _escaped(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")
