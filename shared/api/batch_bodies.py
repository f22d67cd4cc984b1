"""The body of a batch, a JSON object or JSON Lines: each item is read by itself, so that a bad one hides no other."""

from functools import cache
from hashlib import sha256

import msgspec
from starlette.requests import Request

from shared.api.headers import LINES, MAX_BODY, media_type_of, read
from shared.api.problems import invalid_body
from shared.domain.batch import MAX_ITEMS, Batch, BatchOf, BatchRequest, Item
from shared.domain.errors import Rejected
from shared.domain.request import JobRequest, fingerprint

MAX_BATCH_BODY = 16 * MAX_BODY
FLAGS = {"": True, "true": True, "1": True, "false": False, "0": False}


async def batch_of(request: Request) -> Batch:
    """The batch that was sent.

    Raises:
        Rejected: 413 above 16 MiB, 415 for another media type, 400 where it is none, with a pointer; a bad item is no
            reason.
    """
    media_type = media_type_of(request)
    if media_type not in LINES and media_type != "application/json" and not media_type.endswith("+json"):
        known = ", ".join(("application/json", *LINES))
        raise Rejected(415, "unsupported_media_type", f"The body must be one of {known}, not {media_type}.")
    body = await read(request, MAX_BATCH_BODY)
    if not body:
        text = 'There is no body; the least is {"items": [{"prompt": "…"}]}.'
        raise Rejected(400, "missing_body", text, errors=(("", "missing"),))
    if media_type in LINES:
        return _lines(body, partial=_partial(request))
    return _object(body)


def _object(body: bytes) -> Batch:
    try:
        found = _decoder().decode(body)
    except RecursionError as exc:
        raise _too_deep() from exc
    except (msgspec.MsgspecError, UnicodeDecodeError) as exc:
        raise invalid_body(exc, BatchRequest) from exc
    usual = {"priority": found.priority, **msgspec.to_builtins(found.defaults)}
    items = [_item(bytes(item), usual) for item in found.items]
    return Batch(items, found.partial, found.labels, found.webhook)


def _lines(body: bytes, *, partial: bool) -> Batch:
    lines = [line for line in body.splitlines() if line.strip()]
    if not 0 < len(lines) <= MAX_ITEMS:
        text = f"must be 1 to {MAX_ITEMS} lines, each a request; there are {len(lines)}"
        raise Rejected(400, "invalid_request", f"The body {text}.", errors=(("/items", text),))
    return Batch([_item(line, {"priority": "batch"}) for line in lines], partial)


def _item(data: bytes, usual: dict[str, object]) -> Item:
    """The request, checked as POST /v1/jobs checks one; without it, the bytes are what a repeat is known by."""
    try:
        own = msgspec.json.decode(data)
        whole = usual | own if isinstance(own, dict) else own
        asked: JobRequest = _request_decoder().decode(msgspec.json.encode(whole))
    except RecursionError:
        return Item(_too_deep(), sha256(data).hexdigest())
    except (msgspec.MsgspecError, UnicodeDecodeError) as exc:
        return Item(invalid_body(exc, JobRequest), sha256(data).hexdigest())
    return Item(asked, fingerprint(asked))


def _partial(request: Request) -> bool:
    """`?partial`, of lines, which have no room for it."""
    text = request.query_params.get("partial", "false")
    if text not in FLAGS:
        raise Rejected(400, "invalid_query", f"partial must be true or false, not {text!r}.")
    return FLAGS[text]


def _too_deep() -> Rejected:
    return Rejected(400, "malformed_json", "The body is nested too deeply.")


@cache
def _decoder() -> msgspec.json.Decoder[BatchOf[msgspec.Raw]]:
    return msgspec.json.Decoder(BatchOf[msgspec.Raw])


@cache
def _request_decoder() -> msgspec.json.Decoder[JobRequest]:
    return msgspec.json.Decoder(JobRequest)
