"""Names of projects, topics and subscriptions, and pages of lists of them.

Source of the rules: https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names
"""

import base64
import binascii
import re
from bisect import bisect_right
from collections.abc import Iterable
from typing import Literal

from infra.local.pubsub.errors import invalid

Kind = Literal["topics", "subscriptions"]
DELETED_TOPIC = "_deleted-topic_"  # what a subscription names once its topic is gone
MAX_PAGE = 1000
_PROJECT = re.compile(r"projects/([^/]+)")
_RESOURCE = re.compile(r"projects/([^/]+)/(topics|subscriptions)/([^/]+)")
_ID = re.compile(r"[A-Za-z][A-Za-z0-9._~+%-]{2,254}")


def check_project(name: str) -> str:
    """`name`, if it is `projects/P`.

    Raises:
        RpcError: INVALID_ARGUMENT.
    """
    if not _PROJECT.fullmatch(name):
        raise invalid(f"Invalid project resource name given (name={name}): it is projects/{{project}}.")
    return name


def check_name(name: str, kind: Kind) -> str:
    """`name`, if it is `projects/P/<kind>/ID` with an id that may be created.

    Raises:
        RpcError: INVALID_ARGUMENT.
    """
    found = _RESOURCE.fullmatch(name)
    if found is None or found[2] != kind or not _ID.fullmatch(found[3]) or found[3].lower().startswith("goog"):
        raise invalid(f"Invalid [{kind}] name: (name={name})")
    return name


def check_form(name: str, kind: Kind) -> None:
    """Refuse what is not `projects/P/<kind>/ID` at all.

    Raises:
        RpcError: INVALID_ARGUMENT.
    """
    found = _RESOURCE.fullmatch(name)
    if found is None or found[2] != kind:
        raise invalid(f"Invalid [{kind}] name: (name={name})")


def project_of(name: str) -> str:
    """The project's id in the name of a topic or subscription."""
    return name.split("/")[1]


def id_of(name: str) -> str:
    """The last part of the name."""
    return name.rsplit("/", 1)[-1]


def page(names: Iterable[str], size: int, token: str) -> tuple[list[str], str]:
    """One page of `names`, in their order, and the token of the next, empty at the end.

    Raises:
        RpcError: INVALID_ARGUMENT: the size is negative, or the token is none of ours.
    """
    if size < 0:
        raise invalid(f"page_size must not be negative, as {size} is.")
    ordered = sorted(names)
    start = bisect_right(ordered, _last_seen(token)) if token else 0
    found = ordered[start : start + min(size or MAX_PAGE, MAX_PAGE)]
    more = start + len(found) < len(ordered)
    return found, base64.urlsafe_b64encode(found[-1].encode()).decode() if more else ""


def _last_seen(token: str) -> str:
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as exc:
        raise invalid("The page_token is none that was given out here.") from exc
