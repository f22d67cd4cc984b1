"""Pages of lists: what `status` takes for one, and what of the database is read for it."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

from starlette.requests import Request

from shared.api.pages import token_of
from shared.ports import Position
from tests.bench.load import request
from tests.bench.parts.growth import stored
from tests.bench.parts.growth.sizes import Size, Spent, grown, in_turn
from tests.bench.rows import Row
from tests.integration.inside import NOW_AND_THEN

PATH, PAGE = "/v1/jobs", 20  # jobs
DOCUMENT = re.compile(r'documents: "')


class Page(NamedTuple):
    """A page that is full at every size, and has a next."""

    name: str
    filters: dict[str, str]
    deep: bool = False  # in the middle of the list


PAGES = (
    Page("first page", {}),
    Page("page deep inside", {}, deep=True),
    Page("by status", {"status": "completed"}),
    Page("by batch", {"parent_id": stored.batch(0)}),
    Page("by a word", {"q": stored.COMMON_WORD}),
)


def rows(sizes: Sequence[Size], rounds: int, count: int) -> Iterator[Row]:
    """For each page: processor time, wall time and reads."""
    for page in PAGES:
        yield from _rows(page, sizes, rounds, count)


def _rows(page: Page, sizes: Sequence[Size], rounds: int, count: int) -> Iterator[Row]:
    sent = {each.number: _sent(page, each.number) for each in sizes}
    made = [_reads(each, sent[each.number]) for each in sizes]

    def measure(of: Size) -> Spent:
        return of.spent("status", sent[of.number], count)

    taken = in_turn(sizes, rounds, measure)
    yield grown(f"list, {page.name}: CPU", "ms", sizes, [[each.cpu for each in values] for values in taken])
    yield grown(f"list, {page.name}: wall", "ms", sizes, [[each.wall for each in values] for values in taken])
    yield grown(f"list, {page.name}: reads", "", sizes, [[each] for each in made])


def _sent(page: Page, number: int) -> bytes:
    query = page.filters | {"page_size": str(PAGE)}
    if page.deep:
        query["page_token"] = _token(query, number)
    return request("GET", f"{PATH}?{urlencode(query)}")


def _token(query: dict[str, str], number: int) -> str:
    """Of a page that begins in the middle; walking there would take a thousand pages."""
    scope = {"type": "http", "path": PATH, "query_string": urlencode(query).encode(), "headers": []}
    return str(token_of(Request(scope), Position(*stored.middle(number))))


def _reads(of: Size, sent: bytes) -> int:
    """Documents that the database is read for the page, by asking what it was asked.

    Raises:
        RuntimeError: the page is not full, or the last: it could not be held against others.
    """
    of.warm("status", sent)
    answer, calls = of.calls("status", sent)
    page = answer.json()
    if len(page["jobs"]) != PAGE or not page["next_page_token"]:
        raise RuntimeError(f"{sent!r} gives {len(page['jobs'])} of {PAGE} jobs of {of.number:,} stored")
    return reads(of, calls)


def reads(of: Size, calls: list[dict[str, Any]]) -> int:
    """Documents that calls read, as they are billed: of a query without an answer, one."""
    own = [
        call for call in calls
        if call["service"] == "firestore" and not any(name in call["about"] for name in NOW_AND_THEN)
    ]  # fmt: skip
    return sum(READS[call["method"]](of, call["about"]) for call in own if call["method"] in READS)


READS: dict[str, Callable[[Size, str], int]] = {
    "RunQuery": lambda of, about: max(1, of.filling.found(about)),
    "GetDocument": lambda _, __: 1,
    "BatchGetDocuments": lambda _, about: len(DOCUMENT.findall(about)),
}
