"""What a request of the XML API asks for, out of its path, its query and its headers."""

import math
from collections.abc import AsyncIterator
from email.utils import parsedate_to_datetime
from typing import Any

from starlette.requests import Request

from infra.local.storage.meta import Object
from infra.local.storage.preconditions import Conditions, NotModified
from infra.local.storage.refusals import condition_not_met
from infra.local.storage.xml import XmlError, xml_etag

SETTINGS = {
    "content-type": "contentType",
    "content-disposition": "contentDisposition",
    "content-encoding": "contentEncoding",
    "content-language": "contentLanguage",
    "cache-control": "cacheControl",
    "x-goog-storage-class": "storageClass",
    "x-goog-custom-time": "customTime",
}


def names(request: Request) -> tuple[str, str]:
    """The bucket and the object of the path."""
    return request.path_params["bucket"], request.path_params["object"]


def generation(request: Request) -> int | None:
    """The generation asked for.

    Raises:
        XmlError: 400, it is no number.
    """
    text = request.query_params.get("generation")
    if text is not None and not text.isdecimal():
        raise XmlError(400, "InvalidArgument", "Invalid argument.", Details=f"Invalid generation: {text}")
    return None if text is None else int(text)


def conditions(request: Request) -> Conditions:
    """The preconditions in x-goog-if-… headers."""
    headers = request.headers
    return Conditions.of({
        name: headers[header]
        for name, header in (
            ("ifGenerationMatch", "x-goog-if-generation-match"),
            ("ifMetagenerationMatch", "x-goog-if-metageneration-match"),
        )
        if header in headers
    })  # fmt: skip


def check(request: Request, item: Object) -> None:
    """Hold an object against a reader's preconditions."""
    conditions(request).check(item.generation, item.metageneration, reading=True)
    tag = xml_etag(item)
    wanted = request.headers.get("if-match")
    if wanted is not None and wanted != "*" and tag not in _tags(wanted):
        raise condition_not_met()
    known = request.headers.get("if-none-match")
    if known is not None and (known == "*" or tag in _tags(known)):
        raise NotModified
    changed = item.created // 1_000_000
    if wanted is None and changed > _seconds(request.headers.get("if-unmodified-since"), math.inf):
        raise condition_not_met()
    if known is None and changed <= _seconds(request.headers.get("if-modified-since"), -math.inf):
        raise NotModified


def _seconds(date: str | None, otherwise: float) -> float:
    """A date of HTTP in seconds since the epoch; one that cannot be read counts as none, as HTTP has it."""
    try:
        return parsedate_to_datetime(date).timestamp() if date else otherwise
    except ValueError:
        return otherwise


def _tags(text: str) -> set[str]:
    return {tag.strip().removeprefix("W/") for tag in text.split(",")}


def settings(request: Request) -> dict[str, Any]:
    """The settings of a new object."""
    headers = request.headers
    settings: dict[str, Any] = {name: headers[header] for header, name in SETTINGS.items() if header in headers}
    settings.setdefault("contentType", "application/octet-stream")
    metadata = {n.removeprefix("x-goog-meta-"): v for n, v in headers.items() if n.startswith("x-goog-meta-")}
    return settings | ({"metadata": metadata} if metadata else {})


def length_range(request: Request) -> tuple[int, int | None]:
    """The fewest and the most bytes that x-goog-content-length-range allows."""
    text = request.headers.get("x-goog-content-length-range")
    if text is None:
        return 0, None
    fewest, comma, most = text.partition(",")
    if not comma or not fewest.strip().isdecimal() or not most.strip().isdecimal():
        raise XmlError(400, "InvalidArgument", "Invalid argument.", Details=f"x-goog-content-length-range: {text}")
    return int(fewest), int(most)


async def bounded(request: Request, most: int | None) -> AsyncIterator[bytes]:
    """The body, as long as it is not longer than `most` bytes.

    Raises:
        XmlError: 400, it is longer.
    """
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if most is not None and size > most:
            raise XmlError(400, "EntityTooLarge", "Your proposed upload is larger than the maximum allowed size.")
        yield chunk
