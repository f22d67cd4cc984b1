"""Listing the objects of a bucket: prefix, delimiter and pages."""

import base64
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from infra.local.rest import HttpService
from infra.local.storage.call import Call
from infra.local.storage.meta import Object
from infra.local.storage.refusals import invalid
from infra.local.storage.resources import object_resource
from infra.local.storage.store import Store

PAGE = 1000
TAKEN = (
    "delimiter", "endOffset", "includeTrailingDelimiter", "maxResults", "pageToken", "prefix", "startOffset", "versions",
)  # fmt: skip


class Listing:
    """The operation objects.list."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def offer(self, service: HttpService) -> None:
        """Add the operation to the service."""
        service.route_escaped("objects.list", "GET", "/storage/v1/b/{bucket}/o", self.page)

    async def page(self, request: Request) -> Response:
        """A page of objects by name, and the prefixes that stand for many."""
        call = Call(request, "storage.objects.list", *TAKEN)
        self._store.bucket(call.bucket)
        items, prefixes, token = self._gather(call)
        page: dict[str, Any] = {"kind": "storage#objects"}
        if token:
            page["nextPageToken"] = token
        if prefixes:
            page["prefixes"] = prefixes
        if items:
            page["items"] = [object_resource(item, call.base) for item in items]
        return call.answer(page)

    def _gather(self, call: Call) -> tuple[list[Object], list[str], str | None]:
        given = call.parameters
        prefix, delimiter = given.get("prefix", ""), given.get("delimiter", "")
        limit = min(call.number("maxResults") or PAGE, PAGE)
        start, after, skipped = _position(given.get("pageToken", ""))
        if not start:
            start = max(prefix, given.get("startOffset", ""))
        versions = call.flag("versions")
        items: list[Object] = []
        prefixes: list[str] = []
        last: Object | None = None
        for item in self._store.meta.objects(
            call.bucket, start, given.get("endOffset") or None, versions=versions, after=after
        ):
            if not item.name.startswith(prefix):
                break
            common = _common(item.name, prefix, delimiter)
            if common and common == (prefixes[-1] if prefixes else skipped):
                last = item
                if item.name != common or not call.flag("includeTrailingDelimiter"):
                    continue
            new_prefix = bool(common) and common != (prefixes[-1] if prefixes else skipped)
            if len(items) + len(prefixes) >= limit and last:
                return items, prefixes, _token(last, prefixes[-1] if prefixes else skipped)
            if new_prefix:
                prefixes.append(common)
            if not common or (item.name == common and call.flag("includeTrailingDelimiter")):
                items.append(item)
            last = item
        return items, prefixes, None


def _common(name: str, prefix: str, delimiter: str) -> str:
    """What stands for the name when names are cut at the delimiter; empty: the name itself."""
    if not delimiter:
        return ""
    at = name.find(delimiter, len(prefix))
    return name[: at + len(delimiter)] if at >= 0 else ""


def _token(last: Object, common: str) -> str:
    return base64.urlsafe_b64encode(f"{last.generation}\n{common}\n{last.name}".encode()).decode()


def _position(token: str) -> tuple[str, int, str]:
    """Where a page begins: behind this name and generation, its common prefix already given."""
    if not token:
        return "", -1, ""
    try:
        generation, common, name = base64.urlsafe_b64decode(token).decode().split("\n", 2)
        return name, int(generation), common
    except ValueError as exc:
        raise invalid("Invalid page token.", ("parameter", "pageToken")) from exc
