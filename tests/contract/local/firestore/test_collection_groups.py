"""Queries over every collection of one id, wherever it is."""

from typing import Any

from google.cloud.firestore_v1.base_query import FieldFilter
from google.cloud.firestore_v1.field_path import FieldPath

from tests.contract.local.firestore.clients import got, ids, paths, store

PATHS = [
    "a/a/parts/one",
    "a/b/a/b/parts/two",
    "a/b/parts/three",
    "a/b/c/d/parts/four",
    "a/c/parts/five",
    "parts/six",
    "a/b/nope/nope",
    "partsx/seven",
    "parts/six/other/eight",
    "a/parts",
]


async def _group(db: Any) -> Any:
    await store(db, {path: {"n": number} for number, path in enumerate(PATHS)})
    return db.collection_group("parts")


async def test_a_group_is_found_at_any_depth(db: Any) -> None:
    """All collections of that id, and no other, in the order of the full paths."""
    found = await got((await _group(db)).get())
    assert paths(found) == sorted(PATHS[:6], key=lambda path: path.split("/"))


async def test_a_group_is_filtered_and_ordered(db: Any) -> None:
    """Filters, order and limit work as in one collection."""
    query = (await _group(db)).where(filter=FieldFilter("n", ">", 0)).order_by("n", direction="DESCENDING").limit(3)
    assert ids(await got(query.get())) == ["six", "five", "four"]


async def test_a_group_is_bounded_by_names(db: Any) -> None:
    """Document names, of whatever depth, bound a group from either side."""
    group, name = await _group(db), FieldPath.document_id()
    within = group.where(filter=FieldFilter(name, ">=", db.document("a/b"))).where(
        filter=FieldFilter(name, "<=", db.document("a/b0"))
    )
    assert set(ids(await got(within.get()))) == {"two", "three", "four"}


async def test_a_group_has_cursors_of_names(db: Any) -> None:
    """A cursor need not be a document of the group."""
    group = await _group(db)
    by_name = group.order_by("__name__")
    found = by_name.start_at([db.document("a/b")]).end_at([db.document("a/b0")])
    assert set(ids(await got(found.get()))) == {"two", "three", "four"}
    found = by_name.start_after([db.document("a/b")]).end_before([db.document("a/b/parts/three")])
    assert ids(await got(found.get())) == ["two", "four"]


async def test_a_group_is_counted(db: Any) -> None:
    """Aggregations take a group as they take a collection."""
    [[count]] = await got((await _group(db)).count().get())
    assert count.value == 6


async def test_a_recursive_query_finds_all_below(db: Any) -> None:
    """Every document of a collection and of all collections below it, whatever their ids."""
    await _group(db)
    assert ids(await got(db.collection("parts").recursive().get())) == ["six", "eight"]
    found = paths(await got(db.collection("a").recursive().get()))
    assert found == sorted([path for path in PATHS if path.startswith("a/")], key=lambda path: path.split("/"))


async def test_a_nested_recursive_query_stays_below_its_document(db: Any) -> None:
    """A subcollection's recursion does not reach its namesakes."""
    await _group(db)
    assert ids(await got(db.collection("a/b/parts").recursive().get())) == ["three"]
