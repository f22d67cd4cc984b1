"""One order over all values, across types, as queries sort and compare them."""

import math
import random
from datetime import UTC, datetime
from typing import Any

import pytest
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter
from google.cloud.firestore_v1.vector import Vector

from tests.contract.local.firestore.clients import got, ids, store

# In ascending order; equal ones share a place, and there the document's name decides.
ASCENDING: list[list[Any]] = [
    [None],
    [False],
    [True],
    [math.nan],
    [-math.inf],
    [-(2**63), -float(2**63)],
    [-1.5],
    [-1, -1.0],
    [0, 0.0, -0.0],
    [5e-324],
    [1, 1.0],
    [1.1],
    [2],
    [2**53, float(2**53)],
    [2**53 + 1],
    [2**63 - 1],
    [float(2**63)],
    [math.inf],
    [datetime(1, 1, 1, tzinfo=UTC)],
    [datetime(2026, 11, 21, 1, 2, 3, 4, tzinfo=UTC)],
    [datetime(2026, 11, 21, 1, 2, 3, 5, tzinfo=UTC)],
    [""],
    ["\x00"],
    ["A"],
    ["a"],
    ["a\x00"],
    ["aa"],
    ["b"],
    ["é"],
    ["\uffff"],
    ["😀"],  # by UTF-8 bytes: above every character of the basic plane
    [b""],
    [b"\x00"],
    [b"\x00\x01"],
    [b"\x01"],
    [b"\xff"],
    ["ref things/a"],
    ["ref things/a/parts/p"],
    ["ref things/b"],
    ["ref things2/a"],
    [firestore.GeoPoint(-1, 5)],
    [firestore.GeoPoint(0, -1)],
    [firestore.GeoPoint(0, 0)],
    [firestore.GeoPoint(1, -9)],
    [[]],
    [[None]],
    [[1, 2, 3], [1, 2.0, 3]],
    [[1, 2, 3, 1]],
    [[2]],
    [["a"]],
    [Vector([9.0])],
    [Vector([1.0, 2.0])],
    [Vector([2.0, 1.0])],
    [{}],
    [{"a": "aaa", "b": "baz"}],
    [{"a": "foo", "b": "bar"}],
    [{"a": "foo", "b": "bar", "c": "qux"}],
    [{"a": "foo", "b": "baz"}],
    [{"b": "aaa", "c": "baz"}],
    [{"c": "aaa"}],
]


def _documents(db: Any) -> dict[str, dict[str, Any]]:
    def value(given: Any) -> Any:
        is_reference = isinstance(given, str) and given.startswith("ref ")
        return db.document(given.removeprefix("ref ")) if is_reference else given

    return {
        f"things/{chr(ord('a') + number)}-{place:02}": {"v": value(given), "place": place}
        for place, equals in enumerate(ASCENDING)
        for number, given in enumerate(equals)
    }


@pytest.mark.parametrize("descending", [False, True])
async def test_values_sort_across_types(db: Any, descending: bool) -> None:  # noqa: FBT001 - a parameter of the case
    """Ordering by a field of mixed types gives the documented order, and the reverse of it."""
    documents = list(_documents(db).items())
    random.Random(3).shuffle(documents)  # noqa: S311 - a fixed shuffle, so that insertion order cannot help
    await store(db, dict(documents))
    direction = firestore.Query.DESCENDING if descending else firestore.Query.ASCENDING
    found = await got(db.collection("things").order_by("v", direction=direction).get())
    ordered = sorted(documents, key=lambda entry: (entry[1]["place"], entry[0]), reverse=descending)
    assert ids(found) == [path.removeprefix("things/") for path, _ in ordered]


@pytest.mark.parametrize(
    ("value", "equals"),
    [(1, ["double", "int"]), (1.0, ["double", "int"]), ("1", ["text"]), (True, ["bool"])],
)
async def test_numbers_are_equal_across_their_types(db: Any, value: Any, equals: list[str]) -> None:
    """1 is 1.0, but neither "1" nor true."""
    values = {"int": 1, "double": 1.0, "text": "1", "bool": True}
    await store(db, {f"things/{kind}": {"v": each} for kind, each in values.items()})
    found = await got(db.collection("things").where(filter=FieldFilter("v", "==", value)).get())
    assert ids(found) == equals


@pytest.mark.parametrize("value", [[1, {"a": 2}], {"a": [1, None], "b": {}}, [], {}], ids=str)
async def test_lists_and_maps_are_equal_as_a_whole(db: Any, value: Any) -> None:
    """Equality compares every element, in order; maps whatever the order of their keys."""
    await store(db, {"things/same": {"v": value}, "things/other": {"v": [value] if value == {} else {"x": value}}})
    found = await got(db.collection("things").where(filter=FieldFilter("v", "==", value)).get())
    assert ids(found) == ["same"]
