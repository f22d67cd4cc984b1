"""Sort keys of values, held against the order of Google's own client."""

import math
from datetime import UTC, datetime
from typing import Any

from google.cloud.firestore_v1 import GeoPoint
from google.cloud.firestore_v1._helpers import encode_value
from google.cloud.firestore_v1.order import Order
from hypothesis import example, given
from hypothesis import strategies as st

from infra.local.firestore.values import LAST, decode_path, encode, encode_path, turned

doubles = st.floats(allow_nan=True)
integers = st.integers(-(2**63), 2**63 - 1)
scalars = (
    st.none()
    | st.booleans()
    | integers
    | doubles
    | st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001 - given one here
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
    | st.binary(max_size=6)
    | st.builds(GeoPoint, st.floats(-90, 90), st.floats(-180, 180))
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner.filter(lambda each: not isinstance(each, list)), max_size=3)
        | st.dictionaries(st.text("ab\x00é", min_size=1, max_size=2), inner, max_size=3)
    ),
    max_leaves=6,
)


def sign(number: int) -> int:
    """-1, 0 or 1."""
    return (number > 0) - (number < 0)


def key(value: Any) -> bytes:
    """The sort key of a Python value."""
    return encode(encode_value(value)._pb)  # noqa: SLF001 - the plain message has no public name


@given(values, values)
@example([1], [1, None])
@example({"a": 1}, {"a": 1, "b": 0})
@example("a", "a\x00")
@example(b"\x00", b"\x00\x00")
@example(0.0, -0.0)
def test_keys_sort_as_googles_client_sorts(left: Any, right: Any) -> None:
    """Two keys compare as the client compares the two values."""
    expected = Order.compare(encode_value(left), encode_value(right))
    assert sign((key(left) > key(right)) - (key(left) < key(right))) == sign(expected)


@given(values, values)
def test_descending_keys_sort_the_other_way(left: Any, right: Any) -> None:
    """A turned key reverses the order."""
    assert (turned(key(left)) < turned(key(right))) == (key(left) > key(right))


@given(values, values)
def test_no_key_begins_another(left: Any, right: Any) -> None:
    """Keys can be joined: none is the beginning of a different one, turned or not, and `LAST` is above all."""
    assert key(left) == key(right) or not key(right).startswith(key(left))
    assert max(key(left), turned(key(left))) < LAST


@given(integers, doubles)
@example(2**63 - 1, 2.0**63)
@example(2**53 + 1, 2.0**53)
@example(-(2**53) - 1, -(2.0**53))
@example(-(2**63), -(2.0**63))
@example(1, 1.0)
def test_integers_and_doubles_compare_exactly(integer: int, double: float) -> None:
    """An integer and a double compare as numbers, not as the doubles nearest to them."""
    if math.isnan(double):
        assert key(double) < key(integer)
    else:
        assert (key(integer) < key(double)) == (integer < double)
        assert (key(integer) == key(double)) == (integer == double)


def test_types_sort_in_the_documented_order() -> None:
    """Values of different types sort by type; a vector is after arrays and before maps."""
    ordered = [None, False, True, math.nan, -math.inf, -1, 0.5, 1, math.inf, datetime(2026, 1, 1, tzinfo=UTC), "", "a"]
    keys = [key(value) for value in [*ordered, b"", GeoPoint(0, 0), [], [1]]]
    keys.append(key({"__type__": "__vector__", "value": [1.0]}))
    keys.append(key({}))
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5), min_size=1, max_size=4))
@example(["a", "__id-9223372036854775808__"])
def test_paths_come_back_from_their_keys(segments: list[str]) -> None:
    """A path's key holds the path."""
    assert decode_path(encode_path(segments)) == segments


def test_numeric_ids_sort_before_names_and_by_number() -> None:
    """`__id2__` is before `__id10__`, and both before every other id."""
    ids = ["__id-1__", "__id2__", "__id10__", "A", "a"]
    assert [decode_path(each)[0] for each in sorted(encode_path([each]) for each in ids)] == ids
