"""Values that the server computes: times, sums, bounds, array elements."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.api_core.exceptions import NotFound
from google.cloud import firestore

from tests.contract.local.firestore.clients import database, fields, generated, got, name

LARGEST = 2**63 - 1
NAN = float("nan")


async def test_server_timestamps_of_one_commit_are_the_same(db: Any) -> None:
    """Every server timestamp of a commit is its time, in whole milliseconds."""
    batch = db.batch()
    batch.set(db.document("things/a"), {"at": firestore.SERVER_TIMESTAMP, "m": {"at": firestore.SERVER_TIMESTAMP}})
    batch.set(db.document("things/b"), {"at": firestore.SERVER_TIMESTAMP})
    await got(batch.commit())
    a, b = await fields(db.document("things/a")), await fields(db.document("things/b"))
    assert a["at"] == a["m"]["at"] == b["at"]
    assert a["at"].microsecond % 1000 == 0
    assert abs(batch.commit_time - a["at"]) < timedelta(seconds=1)


async def test_a_server_timestamp_moves_on(db: Any) -> None:
    """A repeated server timestamp is a later one, close to now."""
    document = db.document("things/a")
    await got(document.set({"at": firestore.SERVER_TIMESTAMP, "n": 1}))
    first = (await fields(document))["at"]
    assert abs(datetime.now(UTC) - first) < timedelta(minutes=2)
    await got(document.update({"at": firestore.SERVER_TIMESTAMP}))
    assert (await fields(document))["at"] >= first


@pytest.mark.parametrize(
    ("before", "by", "after"),
    [
        ({"n": 1}, 2, 3),
        ({"n": 1}, 0.5, 1.5),
        ({"n": 1.5}, 1, 2.5),
        ({}, 7, 7),
        ({"n": "text"}, 7, 7),
        ({"n": None}, 1.5, 1.5),
        ({"n": LARGEST}, 1, LARGEST),
        ({"n": -LARGEST}, -5, -LARGEST - 1),
    ],
)
def test_increment(client: Any, before: dict[str, Any], by: float, after: float) -> None:
    """Adds to a number, replaces anything else, becomes a double with a double, stops at the largest integer."""
    document = client.document("things/a")
    document.set(before)
    document.update({"n": firestore.Increment(by)})
    stored = document.get().to_dict()["n"]
    assert stored == after
    assert type(stored) is type(after)


@pytest.mark.parametrize(
    ("transform", "before", "given", "after"),
    [
        (firestore.Maximum, {"n": 1}, 2, 2),
        (firestore.Maximum, {"n": 2}, 1, 2),
        (firestore.Maximum, {"n": 3}, 3.0, 3),
        (firestore.Maximum, {"n": 3}, 3.5, 3.5),
        (firestore.Maximum, {"n": "text"}, -1, -1),
        (firestore.Maximum, {}, -1, -1),
        (firestore.Minimum, {"n": 1}, 2, 1),
        (firestore.Minimum, {"n": 2}, 1, 1),
        (firestore.Minimum, {"n": 3.0}, 3, 3.0),
        (firestore.Minimum, {"n": 3}, 2.5, 2.5),
        (firestore.Minimum, {}, 9, 9),
    ],
)
def test_bounds(client: Any, transform: Any, before: dict[str, Any], given: float, after: float) -> None:
    """The larger or smaller operand with its own type; equal ones change nothing; anything else is replaced."""
    document = client.document("things/a")
    document.set(before)
    document.update({"n": transform(given)})
    stored = document.get().to_dict()["n"]
    assert stored == after
    assert type(stored) is type(after)


@pytest.mark.parametrize("transform", [firestore.Maximum, firestore.Minimum, firestore.Increment])
def test_nan_wins(client: Any, transform: Any) -> None:
    """The maximum, minimum or sum of any number and NaN is NaN."""
    document = client.document("things/a")
    document.set({"n": 1, "nan": NAN})
    document.update({"n": transform(NAN), "nan": transform(1)})
    assert all(math.isnan(value) for value in document.get().to_dict().values())


async def test_array_union_appends_what_is_missing(db: Any) -> None:
    """In order, each once; 3 and 3.0 are the same, and so are NaN and NaN."""
    document = db.document("things/a")
    await got(document.set({"list": [1, 3, NAN], "other": "text"}))
    more = firestore.ArrayUnion([4, 3.0, 4, NAN, {"m": 1}])
    await got(
        document.update({"list": more, "other": firestore.ArrayUnion(["x"]), "new": firestore.ArrayUnion([None])})
    )
    stored = await fields(document)
    assert math.isnan(stored["list"].pop(2))
    assert stored == {"list": [1, 3, 4, {"m": 1}], "other": ["x"], "new": [None]}


async def test_array_remove_takes_out_every_equal_element(db: Any) -> None:
    """Duplicates and equal numbers of the other type go too; what is no array becomes an empty one."""
    document = db.document("things/a")
    await got(document.set({"list": [1, 2, 1.0, "1", 1], "other": "text"}))
    one = firestore.ArrayRemove([1])
    await got(document.update({"list": one, "other": one, "none": one}))
    assert await fields(document) == {"list": [2, "1"], "other": [], "none": []}


async def test_transforms_reach_into_maps_and_meet_plain_fields(db: Any) -> None:
    """One write may set some fields and transform others, nested ones too."""
    document = db.document("things/a")
    await got(document.set({"m": {"n": 1, "kept": True}, "tags": ["a"]}))
    await got(
        document.set({"m": {"n": firestore.Increment(1)}, "tags": firestore.ArrayUnion(["b"]), "x": 1}, merge=True)
    )
    assert await fields(document) == {"m": {"n": 2, "kept": True}, "tags": ["a", "b"], "x": 1}


async def test_transforms_of_one_commit_build_on_each_other(db: Any) -> None:
    """The second write of a batch sees what the first did."""
    document = db.document("things/a")
    batch = db.batch()
    batch.set(document, {"n": firestore.Increment(1)})
    batch.update(document, {"n": firestore.Increment(10)})
    await got(batch.commit())
    assert await fields(document) == {"n": 11}


async def test_a_transform_does_not_make_a_missing_document(db: Any) -> None:
    """Update with only a transform still asks for the document."""
    with pytest.raises(NotFound):
        await got(db.document("things/none").update({"n": firestore.Increment(1)}))


def test_transform_results_are_answered_in_order(client: Any) -> None:
    """A write result has the new value of each sum and bound, and null for array transforms."""
    document = client.document("things/a")
    document.set({"n": 5})
    results = (
        generated(client)
        .commit(
            database=database(client),
            writes=[
                {
                    "transform": {
                        "document": name(document),
                        "field_transforms": [
                            {"field_path": "n", "increment": {"integer_value": 2}},
                            {"field_path": "list", "append_missing_elements": {"values": [{"integer_value": 1}]}},
                            {"field_path": "n", "maximum": {"double_value": 9.5}},
                        ],
                    }
                }
            ],
        )
        .write_results
    )
    [result] = results
    assert result.transform_results[0].integer_value == 7
    assert "null_value" in result.transform_results[1]
    assert result.transform_results[2].double_value == 9.5
    assert document.get().to_dict() == {"n": 9.5, "list": [1]}
