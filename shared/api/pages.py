"""Pages of a listing: their size, and an opaque token that says where the next one begins."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64

import msgspec
from starlette.requests import Request

from shared.domain.errors import Rejected
from shared.idempotency import is_job_id
from shared.ports import Position

DEFAULT_SIZE = 50
MAX_SIZE = 500
SIZE = re.compile(r"[0-9]{1,4}")


def page_size(request: Request) -> int:
    """`?page_size=`, 1 to 500; 50 where it is not given.

    Raises:
        Rejected: 400.
    """
    text = request.query_params.get("page_size", str(DEFAULT_SIZE))
    if not (SIZE.fullmatch(text) and 1 <= int(text) <= MAX_SIZE):
        raise Rejected(400, "invalid_page_size", f"page_size must be 1 to {MAX_SIZE}, not {text!r}.")
    return int(text)


def page_token(request: Request) -> Position | None:
    """`?page_token=`, as an earlier answer gave it.

    Raises:
        Rejected: 400.
    """
    text = request.query_params.get("page_token")
    if not text:
        return None
    refusal = Rejected(
        400, "invalid_page_token", "page_token must be the next_page_token of an earlier answer, unchanged."
    )
    try:
        position = msgspec.json.decode(urlsafe_b64decode(text), type=Position)
    except (NotBase64, msgspec.MsgspecError, ValueError) as exc:
        raise refusal from exc
    if not is_job_id(position.job_id) or position.completed_at.tzinfo is None or token_of(position) != text:
        raise refusal
    return position


def token_of(position: Position | None) -> str | None:
    """What `page_token` will be given back; None at the end."""
    return urlsafe_b64encode(msgspec.json.encode(position)).decode() if position else None
