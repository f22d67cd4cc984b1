"""Bodies of requests, as JSON."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, TypedDict

from .errors import Misused


class Sent(TypedDict):
    """What a call has of a body."""

    content: bytes
    headers: Mapping[str, str]


def json_body(value: Any) -> Sent:
    """An object goes without its members that are None; times as RFC 3339 has them.

    Raises:
        Misused: it is not JSON.
    """
    if isinstance(value, dict):
        value = {name: member for name, member in value.items() if member is not None}
    try:
        content = json.dumps(value, default=_written, allow_nan=False, ensure_ascii=False).encode()
    except UnicodeEncodeError as exc:  # such as of an argument that was typed in another encoding
        raise Misused("the request has text that is no Unicode", "Give it in UTF-8.") from exc
    except (TypeError, ValueError, RecursionError) as exc:
        raise Misused(f"the request is not JSON: {exc}", "Give texts, numbers, lists and mappings.") from exc
    return Sent(content=content, headers={"Content-Type": "application/json"})


def _written(value: Any) -> Any:
    if isinstance(value, date):  # a datetime is one
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no form in it")
