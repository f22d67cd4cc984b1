"""Listings, page by page."""

from collections.abc import Mapping
from typing import Any

from .attempts import Call, Session, answered
from .effects import Answer, Give, Items, Steps
from .errors import NotDarkroom
from .reading import job_of
from .records import Job


def jobs_of(session: Session, filters: Mapping[str, Any], page_size: int, timeout: float | None) -> Items[Job]:
    """The jobs of every page."""
    params: dict[str, Any] = {**filters, "page_size": page_size}
    token: str | None = ""
    while token is not None:
        found, token = yield from _page(session, "/v1/jobs", params, token, timeout)
        for each in found:
            yield Give(job_of(each))


def each_of(session: Session, path: str, params: Mapping[str, Any], timeout: float | None) -> Items[dict[str, Any]]:
    """What every page has, as it came."""
    token: str | None = ""
    while token is not None:
        found, token = yield from _page(session, path, params, token, timeout)
        for each in found:
            yield Give(each)


def _page(
    session: Session, path: str, params: Mapping[str, Any], token: str, timeout: float | None
) -> Steps[tuple[list[dict[str, Any]], str | None]]:
    """What is on the page, and the token of the next; None at the end."""
    asked = {**params, "page_token": token or None}
    answer: Answer = yield from answered(session, Call(method="GET", path=path, params=asked, timeout=timeout))
    page = answer.json()
    listed = [member for member in page.values() if isinstance(member, list)]
    following = page.get("next_page_token")
    if len(listed) != 1 or following == token:
        text = f"{path} did not answer with a page of a list"
        raise NotDarkroom(text, "Use the darkroom of the deployment's version, and check its address (DARKROOM_URL).")
    return listed[0], following or None
