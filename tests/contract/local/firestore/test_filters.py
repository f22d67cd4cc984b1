"""Which documents a query's filters let through."""

import math
from typing import Any

import pytest
from google.cloud.firestore_v1.base_query import And, BaseFilter, FieldFilter, Or
from google.cloud.firestore_v1.field_path import FieldPath

from tests.contract.local.firestore.clients import got, ids, store

DOCUMENTS: dict[str, dict[str, Any]] = {
    "a": {"n": 1, "s": "x", "tags": ["red", "blue"], "m": {"p": 1}},
    "b": {"n": 2, "s": "y", "tags": ["red"], "m": {"p": 2}},
    "c": {"n": 2.0, "s": "x", "tags": [], "odd name.": True},
    "d": {"n": 3, "s": None, "tags": "red"},
    "e": {"n": None},
    "f": {"n": math.nan},
    "g": {"n": "2"},
    "h": {"n": [1, 2], "tags": [1, {"k": 1}, None]},
    "i": {"s": "no n"},
}


async def _found(db: Any, condition: BaseFilter) -> list[str]:
    await store(db, {f"things/{each}": data for each, data in DOCUMENTS.items()})
    return sorted(ids(await got(db.collection("things").where(filter=condition).get())))


@pytest.mark.parametrize(
    ("field", "operator", "value", "found"),
    [
        ("n", "==", 2, "bc"),
        ("n", "==", "2", "g"),
        ("n", "==", [1, 2], "h"),
        ("n", "==", None, "e"),
        ("n", "==", math.nan, "f"),
        ("n", "==", 99, ""),
        ("none", "==", 1, ""),
        ("n", "<", 2, "a"),
        ("n", "<=", 2, "abc"),
        ("n", ">", 2, "d"),
        ("n", ">=", 2, "bcd"),
        ("n", ">", "", "g"),
        ("n", "<", True, ""),
        ("n", ">=", [1], "h"),
        ("n", "!=", 2, "adfgh"),
        ("n", "!=", None, "abcdfgh"),
        ("n", "!=", math.nan, "abcdgh"),
        ("s", "!=", "x", "bi"),
        ("n", "in", [1, "2", 99], "ag"),
        ("n", "in", [2.0], "bc"),
        ("n", "not-in", [1, 2], "dfgh"),
        ("s", "not-in", ["x"], "bi"),
        ("n", "not-in", [1, None], ""),
        ("tags", "array_contains", "red", "ab"),
        ("tags", "array_contains", {"k": 1}, "h"),
        ("tags", "array_contains_any", ["blue", 1], "ah"),
        ("m.p", ">", 1, "b"),
        ("m", "==", {"p": 1}, "a"),
        ("`odd name.`", "==", True, "c"),
    ],
)
async def test_a_field_filter(db: Any, field: str, operator: str, value: Any, found: str) -> None:
    """Equality holds across number types; ranges stay within a type; negations want the field, and no null."""
    assert await _found(db, FieldFilter(field, operator, value)) == list(found)


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (And([FieldFilter("s", "==", "x"), FieldFilter("n", ">", 1)]), "c"),
        (And([FieldFilter("n", ">", 1), FieldFilter("n", "<", 3)]), "bc"),
        (Or([FieldFilter("n", "==", 3), FieldFilter("s", "==", "y")]), "bd"),
        (Or([FieldFilter("n", "==", 2), FieldFilter("tags", "array_contains", "red")]), "abc"),
        (And([FieldFilter("s", "==", "x"), Or([FieldFilter("n", "==", 1), FieldFilter("n", "==", 2)])]), "ac"),
        (Or([And([FieldFilter("n", "==", 1), FieldFilter("s", "==", "x")]), FieldFilter("n", "==", None)]), "ae"),
        (And([FieldFilter("n", "in", [1, 2]), FieldFilter("tags", "array_contains_any", ["red", "x"])]), "ab"),
        (And([FieldFilter("n", ">=", 1), FieldFilter("s", ">", "x")]), "b"),
    ],
    ids=["and", "range", "or", "or, once each", "and of or", "or of and", "in and contains any", "two ranges"],
)
async def test_a_composite_filter(db: Any, condition: BaseFilter, found: str) -> None:
    """AND, OR and nests of them; a document that meets two branches comes once."""
    assert await _found(db, condition) == list(found)


async def test_an_inequality_in_one_branch_orders_the_other(db: Any) -> None:
    """`n > 1 OR s == …` orders by n, so a document without n is not found by its s."""
    condition = Or([FieldFilter("n", ">", 2), FieldFilter("s", "==", "no n"), FieldFilter("s", "==", "x")])
    assert await _found(db, condition) == ["a", "c", "d"]


async def test_chained_filters_are_all_to_hold(db: Any) -> None:
    """Each `where` narrows the query."""
    await store(db, {f"things/{each}": data for each, data in DOCUMENTS.items()})
    query = db.collection("things").where(filter=FieldFilter("s", "==", "x"))
    query = query.where(filter=FieldFilter("tags", "array_contains", "red"))
    assert ids(await got(query.get())) == ["a"]


@pytest.mark.parametrize(
    ("operator", "value", "found"),
    [("==", "b", "b"), (">", "f", "ghi"), ("<=", "b", "ab"), ("!=", "a", "bcdefghi"), ("in", ["c", "a", "z"], "ac")],
)
async def test_a_filter_on_the_name(db: Any, operator: str, value: Any, found: str) -> None:
    """Documents are found by their id, as by a field."""
    things = db.collection("things")
    named = [things.document(each) for each in value] if isinstance(value, list) else things.document(value)
    assert await _found(db, FieldFilter(FieldPath.document_id(), operator, named)) == list(found)


async def test_references_are_compared_by_path(db: Any) -> None:
    """A filter on a field that holds references."""
    await store(db, {f"links/{each}": {"to": db.document(f"things/{each}")} for each in "abc"})
    query = db.collection("links").where(filter=FieldFilter("to", ">=", db.document("things/b")))
    assert ids(await got(query.get())) == ["b", "c"]


async def test_other_collections_are_not_searched(db: Any) -> None:
    """Neither a parent's namesake, nor a subcollection, nor a collection whose name begins alike."""
    await store(
        db, {"things/a": {"x": 1}, "things/a/things/b": {"x": 1}, "things2/c": {"x": 1}, "o/p/things/d": {"x": 1}}
    )
    query = FieldFilter("x", "==", 1)
    assert ids(await got(db.collection("things").where(filter=query).get())) == ["a"]
    assert ids(await got(db.collection("things/a/things").where(filter=query).get())) == ["b"]
    assert ids(await got(db.collection("none").where(filter=query).get())) == []
