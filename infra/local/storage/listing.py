"""Listing the objects of a bucket: prefix, delimiter, glob and pages."""

import base64
import re
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from infra.local.rest import HttpService
from infra.local.storage.call import Call
from infra.local.storage.glob import compiled
from infra.local.storage.meta import Object
from infra.local.storage.refusals import invalid
from infra.local.storage.store import Store

MOST = 1000  # objects and prefixes of one page
TAKEN = (
    "delimiter", "endOffset", "includeTrailingDelimiter", "matchGlob", "maxResults", "pageToken", "prefix",
    "startOffset", "versions",
)  # fmt: skip


@dataclass(frozen=True)
class Selection:
    """Which names are listed, and how they are cut."""

    prefix: str
    delimiter: str
    trailing: bool  # an object that is named like a prefix is listed beside it
    glob: re.Pattern[str] | None

    def common(self, name: str) -> str:
        """What stands for the name when names are cut at the delimiter; empty: the name itself."""
        if not self.delimiter:
            return ""
        at = name.find(self.delimiter, len(self.prefix))
        return name[: at + len(self.delimiter)] if at >= 0 else ""


@dataclass
class Page:
    """What has been gathered, and how far."""

    limit: int
    folded: str = ""  # the prefix given last, on this page or before it
    items: list[Object] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    last: Object | None = None

    @property
    def full(self) -> bool:
        """Whether the next one goes to another page."""
        return len(self.items) + len(self.prefixes) >= self.limit and self.last is not None

    def add(self, item: Object, common: str, *, listed: bool) -> None:
        """Take one in."""
        if common and common != self.folded:
            self.prefixes.append(common)
            self.folded = common
        if listed:
            self.items.append(item)
        self.last = item

    def token(self) -> str:
        """Where the next page begins."""
        if self.last is None:
            return ""
        return base64.urlsafe_b64encode(f"{self.last.generation}\n{self.folded}\n{self.last.name}".encode()).decode()


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
        page, more = self._gather(call)
        resource: dict[str, Any] = {"kind": "storage#objects"}
        if more:
            resource["nextPageToken"] = page.token()
        if page.prefixes:
            resource["prefixes"] = page.prefixes
        if page.items:
            resource["items"] = await call.resources(self._store, page.items, "items")
        return call.answer(resource)

    def _gather(self, call: Call) -> tuple[Page, bool]:
        """One page, and whether there are more."""
        given = call.parameters
        selection = Selection(
            given.get("prefix", ""),
            given.get("delimiter", ""),
            call.flag("includeTrailingDelimiter"),
            compiled(given["matchGlob"]) if "matchGlob" in given else None,
        )
        name, generation, folded = _position(given.get("pageToken", ""))
        page = Page(min(call.number("maxResults") or MOST, MOST), folded)
        start = name or max(selection.prefix, given.get("startOffset", ""))
        end = given.get("endOffset") or None
        for item in self._store.meta.objects(call.bucket, start, end, versions=call.flag("versions"), after=generation):
            if not item.name.startswith(selection.prefix):
                break
            if selection.glob and not selection.glob.fullmatch(item.name):
                continue
            common = selection.common(item.name)
            listed = not common or (selection.trailing and item.name == common)
            if page.full and (listed or common != page.folded):
                return page, True
            page.add(item, common, listed=listed)
        return page, False


def _position(token: str) -> tuple[str, int, str]:
    """Where a page begins: behind this name and generation, its prefix already given."""
    if not token:
        return "", -1, ""
    try:
        generation, folded, name = base64.urlsafe_b64decode(token).decode().split("\n", 2)
        return name, int(generation), folded
    except ValueError as exc:
        raise invalid("Invalid page token.", ("parameter", "pageToken")) from exc
