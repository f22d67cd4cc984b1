"""Queries run over indexes, held against a plain model that looks at every document."""

import operator
from collections.abc import Callable
from functools import reduce
from typing import Any

from google.auth.credentials import AnonymousCredentials
from google.cloud.firestore_v1 import Client
from google.cloud.firestore_v1._helpers import encode_dict
from google.cloud.firestore_v1.base_query import And, BaseFilter, FieldFilter, Or
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.local.firestore.database import Change, Database
from infra.local.firestore.messages import Document
from infra.local.firestore.planner import matches, run
from infra.local.firestore.query import parse_query
from infra.local.firestore.records import Record

Fields = dict[str, Any]
DATABASE = "projects/p/databases/(default)"
COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

Cursor = tuple[str, list[int]]  # start_at, start_after, end_at or end_before, and the values of the first orders

numbers = st.integers(0, 3)
documents = st.fixed_dictionaries(
    {}, optional={"a": numbers | st.none(), "b": numbers, "tags": st.lists(numbers, max_size=2)}
)
lists = st.lists(numbers, min_size=1, max_size=2)
comparisons = st.builds(FieldFilter, st.sampled_from("ab"), st.sampled_from([*COMPARISONS]), numbers)
memberships = st.builds(FieldFilter, st.sampled_from("ab"), st.just("in"), lists)
arrays = st.builds(FieldFilter, st.just("tags"), st.just("array_contains"), numbers) | st.builds(
    FieldFilter, st.just("tags"), st.just("array_contains_any"), lists
)
exclusions = st.builds(FieldFilter, st.sampled_from("ab"), st.just("!="), numbers) | st.builds(
    FieldFilter, st.sampled_from("ab"), st.just("not-in"), lists
)
conjunctions = st.builds(
    lambda several, array: And([*several, *array]),
    st.lists(comparisons | memberships, min_size=1, max_size=3),
    st.lists(arrays, max_size=1),
)
leaves = comparisons | memberships | arrays
trees: st.SearchStrategy[BaseFilter] = (
    leaves | exclusions | conjunctions | st.builds(Or, st.lists(leaves | conjunctions, min_size=1, max_size=3))
)
orders = st.lists(st.tuples(st.sampled_from("ab"), st.booleans()), max_size=2, unique_by=lambda order: order[0])
writes = st.tuples(st.sampled_from("pqrstu"), documents | st.none())
cursors = st.lists(
    st.tuples(
        st.sampled_from(["start_at", "start_after", "end_at", "end_before"]), st.lists(numbers, min_size=1, max_size=2)
    ),
    max_size=2,
    unique_by=lambda cursor: cursor[0][:3],
)


def holds(tree: Any, fields: Fields) -> bool:
    """Whether a document meets a filter, said as plainly as can be."""
    if isinstance(tree, And | Or):
        return (all if isinstance(tree, And) else any)(holds(part, fields) for part in tree.filters)
    if tree.field_path not in fields:
        return False
    value, op = fields[tree.field_path], str(tree.op_string)
    if op in {"!=", "not-in"}:
        return value is not None and value not in (tree.value if op == "not-in" else [tree.value])
    if op == "in":
        return value in tree.value
    if op.startswith("array_contains"):
        return bool(set(value) & set(tree.value if op.endswith("any") else [tree.value]))
    return value is not None and COMPARISONS[op](value, tree.value)


def inequalities(tree: Any) -> set[str]:
    """Fields that the order takes in by itself."""
    if isinstance(tree, And | Or):
        return reduce(operator.or_, map(inequalities, tree.filters), set())
    return {tree.field_path} if tree.op_string in {"<", "<=", ">", ">=", "!=", "not-in"} else set()


def is_within(cursor: Cursor, values: list[int | None], order: list[tuple[str, bool]]) -> bool:
    """Whether a document with these values of the order is on the right side of a cursor."""
    kind, position = cursor
    for at, value, (_, down) in zip(position, values, order, strict=False):
        known = -1 if value is None else value
        if known != at:
            after = (known > at) != down
            return after == kind.startswith("start")
    return kind in {"start_at", "end_at"}


def expected(
    stored: dict[str, Fields], tree: BaseFilter | None, order: list[tuple[str, bool]], limits: list[Cursor]
) -> list[str]:
    """The ids that a query finds, in order."""
    descending = order[-1][1] if order else False
    given_fields = {field for field, _ in order}
    implicit = sorted(inequalities(tree) - given_fields) if tree else []
    full = [*order, *((field, descending) for field in implicit)]
    found = [
        name
        for name, fields in stored.items()
        if all(field in fields for field, _ in full)
        and (tree is None or holds(tree, fields))
        and all(is_within(cursor, [fields[field] for field, _ in order], order) for cursor in limits)
    ]
    found.sort(reverse=descending)
    for field, down in reversed(full):
        found.sort(key=lambda name, field=field: -1 if (v := stored[name][field]) is None else v, reverse=down)  # type: ignore[misc]
    return found


def record(name: str, fields: Fields, moment: int) -> Record:
    """A stored version."""
    data = Document()
    for key, value in encode_dict(fields).items():
        data.fields[key].CopyFrom(value._pb)  # noqa: SLF001 - the plain message has no public name
    return Record(f"c/{name}", data.SerializeToString(), 1, moment)


def write(database: Database, name: str, fields: Fields | None) -> None:
    """Write or delete one document."""
    moment = database.last_commit + 1
    after = None if fields is None else record(name, fields, moment)
    database.apply([Change(f"c/{name}", database.get(f"c/{name}"), after)], moment)


@settings(max_examples=300, deadline=None)
@given(
    st.tuples(st.lists(writes, max_size=12), st.lists(writes, max_size=4)),
    st.none() | trees,
    orders,
    cursors,
    st.tuples(st.integers(0, 2), st.none() | st.integers(0, 3)),
)
def test_indexes_answer_as_a_look_at_every_document_would(
    rounds: tuple[list[tuple[str, Fields | None]], ...],
    tree: BaseFilter | None,
    order: list[tuple[str, bool]],
    limits: list[Cursor],
    window: tuple[int, int | None],
) -> None:
    """Filters, orders, cursors, offset and limit, before and after writes, and in the past."""
    offset, limit = window
    query = Client("p", AnonymousCredentials()).collection("c")._query()  # noqa: SLF001 - never sent, only encoded
    if tree is not None:
        query = query.where(filter=tree)
    for field, down in order:
        query = query.order_by(field, "DESCENDING" if down else "ASCENDING")
    limits = [(kind, values[: len(order)]) for kind, values in limits if order]
    for kind, values in limits:
        query = getattr(query, kind)(values)
    everything = parse_query(f"{DATABASE}/documents", query._to_protobuf()._pb)  # noqa: SLF001 - likewise
    query = query.offset(offset) if limit is None else query.offset(offset).limit(limit)
    windowed = parse_query(f"{DATABASE}/documents", query._to_protobuf()._pb)  # noqa: SLF001 - likewise
    database, stored = Database(DATABASE, 0), dict[str, Fields]()
    history: list[tuple[int, list[str]]] = []
    for each_round in rounds:
        for name, fields in each_round:
            if fields is None and name not in stored:
                continue
            write(database, name, fields)
            stored.pop(name, None) if fields is None else stored.update({name: fields})
        answer = expected(stored, tree, order, limits)
        assert [each.id for each in run(database, everything)] == answer
        stop = None if limit is None else offset + limit
        assert [each.id for each in run(database, windowed)] == answer[offset:stop]
        matching = {name for name in stored if (kept := database.get(f"c/{name}")) and matches(everything, kept)}
        assert matching == set(answer)
        for moment, past in history:
            assert [each.id for each in run(database, everything, moment)] == past
        history.append((database.last_commit, answer))
