"""Random documents, writes and queries, small enough to meet each other often."""

from datetime import UTC, datetime
from typing import Any

from google.cloud import firestore
from hypothesis import strategies as st

from tests.contract.local.firestore.model import Write
from tests.contract.local.firestore.model_queries import Condition, Question

PATHS = ["things/a", "things/b", "things/c", "things/d", "things/a/parts/a", "things/b/parts/b", "others/a"]
FIELDS = ["x", "y", "m.p", "m.q", "tags"]

numbers = st.integers(-2, 3) | st.sampled_from([-1.0, 0.5, 1.0, 2.5])
scalars = (
    st.none()
    | st.booleans()
    | numbers
    | st.sampled_from(["", "a", "b", "é"])
    | st.sampled_from([b"", b"a"])
    | st.sampled_from([datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=UTC)])
    | st.sampled_from([firestore.GeoPoint(0, 1), firestore.GeoPoint(1, 0)])
)
tags = st.lists(numbers | st.sampled_from(["a", "b"]), max_size=3)
maps = st.dictionaries(st.sampled_from(["p", "q"]), scalars, max_size=2)
values = scalars | tags | maps

documents: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {}, optional={"x": scalars, "y": values, "m": maps, "tags": tags}
)

transforms = st.one_of(
    numbers.map(firestore.Increment),
    numbers.map(firestore.Maximum),
    numbers.map(firestore.Minimum),
    st.lists(numbers, min_size=1, max_size=2).map(firestore.ArrayUnion),
    st.lists(numbers, min_size=1, max_size=2).map(firestore.ArrayRemove),
)
leaves = values | transforms
changes: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "x": leaves | st.just(firestore.DELETE_FIELD),
        "y": leaves | st.just(firestore.DELETE_FIELD),
        "m.p": leaves | st.just(firestore.DELETE_FIELD),
        "m.q": scalars,
        "tags": transforms,
    },
).filter(bool)
merges: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "x": leaves,
        "y": leaves | st.just(firestore.DELETE_FIELD),
        "m": st.fixed_dictionaries({}, optional={"p": leaves | st.just(firestore.DELETE_FIELD), "q": scalars}),
        "tags": transforms,
    },
)

_paths = st.sampled_from(PATHS)
writes = st.one_of(
    st.builds(Write, st.just("create"), _paths, documents),
    st.builds(Write, st.just("set"), _paths, documents),
    st.builds(Write, st.just("merge"), _paths, merges),
    st.builds(Write, st.just("update"), _paths, changes),
    st.builds(Write, st.just("delete"), _paths, exists=st.booleans()),
)

_fields = st.sampled_from(FIELDS)
_plain = values.filter(lambda value: value is not None)
_equality = st.builds(Condition, _fields, st.just("=="), values)
_several = st.builds(Condition, _fields, st.just("in"), st.lists(_plain, min_size=1, max_size=3))
_range = st.builds(Condition, _fields, st.sampled_from(["<", "<=", ">", ">="]), _plain)
_array = st.builds(
    Condition,
    st.sampled_from(["tags", "y"]),
    st.just("array_contains"),
    _plain.filter(lambda v: not isinstance(v, list)),
)
_arrays = st.builds(
    Condition,
    st.just("tags"),
    st.just("array_contains_any"),
    st.lists(numbers | st.sampled_from(["a"]), min_size=1, max_size=3),
)
_negation = st.builds(Condition, _fields, st.just("!="), values) | st.builds(
    Condition, _fields, st.just("not-in"), st.lists(_plain, min_size=1, max_size=3)
)
_positive = (
    st.tuples()
    | st.tuples(_equality | _several)
    | st.tuples(_equality, _array | _arrays | _range)
    | st.tuples(_range, _range)
)
_every = _positive | st.tuples(_negation) | st.tuples(_equality, _negation) | st.tuples(_array)
_either = st.just(()) | st.tuples(_equality | _range, _equality)
_either_array = st.tuples(_equality | _range, _array)
_orders = st.lists(
    st.tuples(_fields | st.just("__name__"), st.booleans()), max_size=2, unique_by=lambda order: order[0]
)


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """Any query that Firestore runs over the documents above."""
    collection, group = draw(
        st.sampled_from([("things", False), ("things/a/parts", False), ("parts", True), ("things", True)])
    )
    every = draw(_every)
    operators = {condition.operator for condition in every}
    either: tuple[Condition, ...] = ()
    if not operators & {"not-in", "!="}:
        with_array = operators & {"array_contains", "array_contains_any"}  # at most one to a conjunction
        either = draw(_either if with_array else _either | _either_array)
    orders = tuple(draw(_orders))
    if any(field == "__name__" for field, _ in orders[:-1]):
        orders = orders[:1]  # nothing comes after the name: no two documents share it
    start = end = None
    if orders and orders[-1][0] != "__name__":
        cursors = st.none() | st.tuples(st.tuples(*[values] * len(orders)) | st.tuples(values), st.booleans())
        start, end = draw(cursors), draw(cursors)
    offset, limit = draw(st.sampled_from([0, 0, 0, 1])), draw(st.none() | st.integers(1, 4))
    return Question(collection, group, every, either, orders, start, end, offset, limit)
