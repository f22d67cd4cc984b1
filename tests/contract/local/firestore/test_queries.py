"""Order, cursors, limits, offsets and projections of queries."""

from typing import Any

import pytest
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from tests.contract.local.firestore.clients import database, generated, got, ids, store

DESCENDING = firestore.Query.DESCENDING

DOCUMENTS: dict[str, dict[str, Any]] = {
    "a": {"n": 3, "s": "x", "m": {"p": 1, "q": 5}},
    "b": {"n": 1, "s": "y", "m": {"p": 2}},
    "c": {"n": 2, "s": "x"},
    "d": {"n": 1, "s": "x", "m": {"p": 0}},
    "e": {"s": "z"},
}


@pytest.fixture
async def things(db: Any) -> Any:
    """A collection with the documents above."""
    await store(db, {f"things/{each}": data for each, data in DOCUMENTS.items()})
    return db.collection("things")


async def _ids(query: Any) -> str:
    return "".join(ids(await got(query.get())))


async def test_without_an_order_names_decide(things: Any) -> None:
    """A plain query answers by document id, ascending."""
    assert await _ids(things) == "abcde"
    assert await _ids(things.where(filter=FieldFilter("s", "==", "x"))) == "acd"


async def test_an_order_leaves_out_documents_without_the_field(things: Any) -> None:
    """Ordered by n, `e` is not there; equal values are in the order of the names."""
    assert await _ids(things.order_by("n")) == "bdca"


async def test_ties_follow_the_last_direction(things: Any) -> None:
    """Descending by n, equal values come in descending order of the names."""
    assert await _ids(things.order_by("n", direction=DESCENDING)) == "acdb"


async def test_several_orders(things: Any) -> None:
    """The second decides among equals of the first, each in its own direction."""
    assert await _ids(things.order_by("s").order_by("n", direction=DESCENDING)) == "acdb"
    assert await _ids(things.order_by("s", direction=DESCENDING).order_by("n")) == "bdca"
    assert await _ids(things.order_by("n").order_by("__name__", direction=DESCENDING)) == "dbca"


async def test_order_by_a_nested_field(things: Any) -> None:
    """A path leads to the value that sorts."""
    assert await _ids(things.order_by("m.p")) == "dab"


async def test_order_by_the_name(things: Any) -> None:
    """Names alone, either way."""
    assert await _ids(things.order_by("__name__", direction=DESCENDING)) == "edcba"


async def test_a_range_orders_by_its_field(things: Any) -> None:
    """With no order asked for, an inequality sorts by its field, ascending."""
    assert await _ids(things.where(filter=FieldFilter("n", ">=", 1))) == "bdca"
    assert await _ids(things.where(filter=FieldFilter("n", "!=", 2))) == "bda"


async def test_several_ranges_order_by_their_names(things: Any) -> None:
    """Fields of inequalities that no order names are appended, by field name, in the last direction."""
    query = things.where(filter=FieldFilter("s", ">=", "x")).where(filter=FieldFilter("n", ">", 0))
    assert await _ids(query) == "dbca"
    assert await _ids(query.order_by("s", direction=DESCENDING)) == "bacd"


@pytest.mark.parametrize(
    ("cursor", "values", "found"),
    [
        ("start_at", {"n": 2}, "ca"),
        ("start_after", {"n": 1}, "ca"),
        ("start_at", {"n": 1.5}, "ca"),
        ("end_at", {"n": 2}, "bdc"),
        ("end_before", {"n": 2}, "bd"),
        ("start_at", {"n": "text"}, ""),
        ("start_at", {"n": None}, "bdca"),
    ],
)
async def test_a_cursor_of_values(things: Any, cursor: str, values: dict[str, Any], found: str) -> None:
    """A position among all values, whether or not a document is there."""
    assert await _ids(getattr(things.order_by("n"), cursor)(values)) == found


async def test_a_cursor_when_descending(things: Any) -> None:
    """Positions follow the direction."""
    assert await _ids(things.order_by("n", direction=DESCENDING).start_after({"n": 3})) == "cdb"
    assert await _ids(things.order_by("n", direction=DESCENDING).end_before({"n": 1})) == "ac"


async def test_a_window_between_cursors(things: Any) -> None:
    """Both ends at once, and with a limit."""
    window = things.order_by("n").start_at({"n": 1}).end_at({"n": 2})
    assert await _ids(window) == "bdc"
    assert await _ids(window.limit(2)) == "bd"


async def test_a_cursor_of_a_prefix_of_the_order(things: Any) -> None:
    """Fewer values than orders cover all that begin so."""
    ordered = things.order_by("s").order_by("n")
    assert await _ids(ordered.start_after({"s": "x"})) == "b"
    assert await _ids(ordered.start_at({"s": "x", "n": 2})) == "cab"


@pytest.mark.parametrize("last", "abcd")
async def test_a_cursor_at_a_document(things: Any, last: str) -> None:
    """A snapshot marks one exact place, even among equals: pages neither repeat nor skip."""
    snapshot = await got(things.document(last).get())
    before, _, after = "bdca".partition(last)
    assert await _ids(things.order_by("n").start_after(snapshot)) == after
    assert await _ids(things.order_by("n").start_at(snapshot)) == last + after
    assert await _ids(things.order_by("n").end_before(snapshot)) == before
    assert await _ids(things.where(filter=FieldFilter("n", ">", 0)).start_after(snapshot)) == after


async def test_a_cursor_of_a_name(things: Any) -> None:
    """Ordered by name, an id is the position."""
    by_name = things.order_by("__name__")
    assert await _ids(by_name.start_after({"__name__": "b"})) == "cde"
    assert await _ids(by_name.end_at({"__name__": things.document("b")})) == "ab"


async def test_pages(things: Any) -> None:
    """Limit and cursor walk the whole, in order."""
    pages, page = [], things.order_by("n").limit(2)
    while snapshots := await got(page.get()):
        pages.append("".join(ids(snapshots)))
        page = things.order_by("n").limit(2).start_after(snapshots[-1])
    assert pages == ["bd", "ca"]


async def test_limit_and_offset(things: Any) -> None:
    """First the offset is skipped, then the limit counted."""
    assert await _ids(things.limit(2)) == "ab"
    assert await _ids(things.offset(3)) == "de"
    assert await _ids(things.order_by("n").offset(1).limit(2)) == "dc"
    assert await _ids(things.limit(99)) == "abcde"
    assert await _ids(things.offset(99)) == ""


async def test_limit_to_last(things: Any) -> None:
    """The last ones, in the order asked for."""
    assert await _ids(things.order_by("n").limit_to_last(2)) == "ca"
    assert await _ids(things.order_by("n", direction=DESCENDING).limit_to_last(3)) == "cdb"


async def test_projection(things: Any) -> None:
    """Only the fields selected, at any depth; none at all still answers the names."""

    async def data(*fields: str) -> list[Any]:
        return [snapshot.to_dict() for snapshot in await got(things.select(fields).limit(2).get())]

    assert await data("n", "m.p") == [{"n": 3, "m": {"p": 1}}, {"n": 1, "m": {"p": 2}}]
    assert await data() == [{}, {}]
    assert await data("none") == [{}, {}]


async def test_a_stream_answers_as_get_does(things: Any) -> None:
    """Streaming gives the same snapshots, with their times."""
    streamed = await got(things.order_by("n").stream())
    assert "".join(ids(streamed)) == "bdca"
    assert all(s.read_time >= s.update_time >= s.create_time for s in streamed)


async def test_an_empty_result_has_its_read_time(db: Any) -> None:
    """A query that finds nothing answers one response, with the time of the read."""
    request = {"parent": f"{database(db)}/documents", "structured_query": {"from_": [{"collection_id": "none"}]}}
    [response] = await got(generated(db).run_query(request=request))
    assert not response.document.name
    assert response.read_time is not None
