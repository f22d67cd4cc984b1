"""Pages of a listing: their size, and an opaque token that says where the next one begins."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256

import msgspec
from starlette.requests import Request

from shared.domain.errors import Rejected
from shared.domain.ids import is_job_id
from shared.ports import Position

DEFAULT_SIZE = 50
MAX_SIZE = 500
SIZE = re.compile(r"[0-9]{1,4}")
NOT_FILTERS = {"page_size", "page_token"}


class _Token(msgspec.Struct, frozen=True, array_like=True):
    position: Position
    listing: str  # what it is a page of


def page_size(request: Request) -> int:
    """`?page_size=`, 1 to 500; 50 where it is not given.

    Raises:
        Rejected: 400.
    """
    text = request.query_params.get("page_size", str(DEFAULT_SIZE))
    if not (SIZE.fullmatch(text) and 1 <= int(text) <= MAX_SIZE):
        raise Rejected(400, "invalid_page_size", f"page_size must be 1 to {MAX_SIZE}, not {text!r}.")
    return int(text)


def page_token(request: Request, is_id: Callable[[str], bool] = is_job_id) -> Position | None:
    """`?page_token=`, as an earlier answer to the same request gave it; it ends at what has an id that `is_id`.

    Raises:
        Rejected: 400.
    """
    text = request.query_params.get("page_token")
    if not text:
        return None
    refusal = Rejected(
        400,
        "invalid_page_token",
        "page_token must be the next_page_token of an earlier answer to this request, unchanged.",
    )
    try:
        token = msgspec.json.decode(urlsafe_b64decode(text), type=_Token)
    except (NotBase64, msgspec.MsgspecError, ValueError) as exc:
        raise refusal from exc
    position = token.position
    in_utc = position.at.utcoffset() == timedelta()  # as all ours are; one of another zone may have no time in UTC
    if not is_id(position.job_id) or not in_utc or token_of(request, position) != text:
        raise refusal
    return position


def token_of(request: Request, position: Position | None) -> str | None:
    """What `page_token` will be given back with the same filters; None at the end."""
    if position is None:
        return None
    return urlsafe_b64encode(msgspec.json.encode(_Token(position, _listing(request)))).decode()


def _listing(request: Request) -> str:
    """The request without what turns its pages, in short."""
    filters = sorted(pair for pair in request.query_params.multi_items() if pair[0] not in NOT_FILTERS)
    return sha256(repr((request.url.path, filters)).encode()).hexdigest()[:12]
