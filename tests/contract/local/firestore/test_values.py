"""Every type of value goes in and comes out as it was; what is no value is refused."""

import math
from datetime import UTC, datetime
from typing import Any

import pytest
from google.api_core.exceptions import InvalidArgument
from google.cloud import firestore
from google.cloud.firestore_v1.vector import Vector

from tests.contract.local.firestore.clients import database, fields, generated, got, name, store

VALUES = {
    "null": None,
    "true": True,
    "false": False,
    "largest integer": 2**63 - 1,
    "smallest integer": -(2**63),
    "double": 0.1,
    "largest double": 1.7976931348623157e308,
    "smallest double": 5e-324,
    "infinity": math.inf,
    "minus infinity": -math.inf,
    "text": "naïve Ω 漢字 🎨 \x00 \n",
    "empty text": "",
    "bytes": bytes(range(256)),
    "empty bytes": b"",
    "time": datetime(2026, 11, 21, 5, 27, 0, 123456, tzinfo=UTC),
    "first time": datetime(1, 1, 1, tzinfo=UTC),
    "last time": datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    "geo point": firestore.GeoPoint(-90.0, 180.0),
    "list": [1, "two", None, {"three": [3]}],
    "empty list": [],
    "map": {"a": {"b": {"c": 1}}, "ключ": "value"},
    "empty map": {},
    "vector": Vector([1.0, 2.5, -3.0]),
}


@pytest.mark.parametrize("kind", VALUES)
async def test_a_value_comes_back(db: Any, kind: str) -> None:
    """At the top, in a map and in a list."""
    value = VALUES[kind]
    inner = [value, "end"] if not isinstance(value, list) else [{"list": value}]
    data = {"top": value, "map": {"in": value}, "list": inner}
    await got(db.document("things/a").set(data))
    stored = await fields(db.document("things/a"))
    assert stored == data
    assert type(stored["top"]) is type(value) or isinstance(value, datetime)


async def test_nan_comes_back(db: Any) -> None:
    """NaN is a value, though it does not equal itself."""
    await got(db.document("things/a").set({"x": math.nan}))
    assert math.isnan((await fields(db.document("things/a")))["x"])


async def test_a_reference_comes_back(db: Any) -> None:
    """A reference leads to the document, whether or not it exists."""
    target = db.document("things/none/parts/p")
    await got(db.document("things/a").set({"to": target, "list": [target]}))
    stored = await fields(db.document("things/a"))
    assert stored == {"to": target, "list": [target]}


def test_times_are_cut_to_microseconds(client: Any) -> None:
    """Nanoseconds are rounded down."""
    document = client.document("things/a")
    value = {"timestamp_value": {"seconds": 1, "nanos": 123_456_999}}
    writes = [{"update": {"name": name(document), "fields": {"at": value}}}]
    generated(client).commit(request={"database": database(client), "writes": writes})
    assert client.document("things/a").get().to_dict()["at"].timestamp_pb().nanos == 123_456_000


def test_a_list_in_a_list_is_refused(client: Any) -> None:
    """A list may hold maps with lists, never a list itself."""
    with pytest.raises(InvalidArgument, match=r"(?i)array"):
        client.document("things/a").set({"x": [[1]]})
    client.document("things/a").set({"x": [{"y": [1]}]})


@pytest.mark.parametrize(
    "value",
    [
        {"geo_point_value": {"latitude": 90.1, "longitude": 0}},
        {"geo_point_value": {"latitude": 0, "longitude": -180.5}},
        {"timestamp_value": {"seconds": 253402300800}},
        {"timestamp_value": {"seconds": 0, "nanos": 1_000_000_000}},
        {"reference_value": "not a name"},
        {},
    ],
    ids=["latitude", "longitude", "year 10000", "nanos", "reference", "unset"],
)
def test_a_value_out_of_its_range_is_refused(client: Any, value: dict[str, Any]) -> None:
    """INVALID_ARGUMENT, and nothing is written."""
    document = client.document("things/a")
    writes = [{"update": {"name": name(document), "fields": {"x": value}}}]
    with pytest.raises(InvalidArgument):
        generated(client).commit(request={"database": database(client), "writes": writes})
    assert not document.get().exists


async def test_a_document_holds_all_types_together(db: Any) -> None:
    """One document with every type at once."""
    everything = {kind.replace(" ", "_"): value for kind, value in VALUES.items()}
    await store(db, {"things/a": everything})
    assert await fields(db.document("things/a")) == everything
