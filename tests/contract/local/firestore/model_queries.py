"""What a query must answer, by looking at every document."""

from dataclasses import dataclass
from functools import cmp_to_key
from typing import Any

from google.cloud.firestore_v1.base_query import FieldFilter, Or

from tests.contract.local.firestore.model import Document, Fields
from tests.contract.local.firestore.model_values import equal, key

RANGES = {"<", "<=", ">", ">="}
INEQUALITIES = RANGES | {"!=", "not-in"}


@dataclass(frozen=True)
class Condition:
    """A filter on one field, as Google's clients write it."""

    field: str
    operator: str
    value: Any


@dataclass(frozen=True)
class Question:
    """A query: documents that meet all of `every` and, where there are some, one of `either`."""

    collection: str
    group: bool = False
    every: tuple[Condition, ...] = ()
    either: tuple[Condition, ...] = ()
    orders: tuple[tuple[str, bool], ...] = ()  # (field, descending)
    start: tuple[tuple[Any, ...], bool] | None = None  # (values, inclusive)
    end: tuple[tuple[Any, ...], bool] | None = None
    offset: int = 0
    limit: int | None = None


def found(documents: dict[str, Document], question: Question) -> list[str]:
    """The paths of the documents found, in order."""
    orders = _orders(question)

    def compare(one: str, other: str) -> int:
        return _compare(
            _place(one, documents[one].fields, orders), _place(other, documents[other].fields, orders), orders
        )

    matching = [path for path, document in documents.items() if _matches(path, document.fields, question, orders)]
    ordered = sorted(matching, key=cmp_to_key(compare))
    inside = [path for path in ordered if _inside(_place(path, documents[path].fields, orders), question, orders)]
    end = None if question.limit is None else question.offset + question.limit
    return inside[question.offset : end]


def asked(client: Any, question: Question) -> Any:
    """The same question as a query of Google's client."""
    query = client.collection_group(question.collection) if question.group else client.collection(question.collection)
    for each in question.every:
        query = query.where(filter=FieldFilter(each.field, each.operator, each.value))
    if question.either:
        branches = [FieldFilter(each.field, each.operator, each.value) for each in question.either]
        query = query.where(filter=Or(branches))
    for field, descending in question.orders:
        query = query.order_by(field, direction="DESCENDING" if descending else "ASCENDING")
    if question.start:
        values, inclusive = question.start
        query = query.start_at(list(values)) if inclusive else query.start_after(list(values))
    if question.end:
        values, inclusive = question.end
        query = query.end_at(list(values)) if inclusive else query.end_before(list(values))
    if question.offset:
        query = query.offset(question.offset)
    return query if question.limit is None else query.limit(question.limit)


def _orders(question: Question) -> list[tuple[str, bool]]:
    orders = list(question.orders)
    last = orders[-1][1] if orders else False
    ranged = {each.field for each in (*question.every, *question.either) if each.operator in INEQUALITIES}
    orders += [(field, last) for field in sorted(ranged - {field for field, _ in orders})]
    return orders if any(field == "__name__" for field, _ in orders) else [*orders, ("__name__", last)]


def _matches(path: str, fields: Fields, question: Question, orders: list[tuple[str, bool]]) -> bool:
    parent, _ = path.rsplit("/", 1)
    here = parent.rsplit("/", 1)[-1] == question.collection if question.group else parent == question.collection
    return (
        here
        and all(_meets(fields, each) for each in question.every)
        and (not question.either or any(_meets(fields, each) for each in question.either))
        and all(field == "__name__" or _lookup(fields, field)[0] for field, _ in orders)
    )


def _meets(fields: Fields, condition: Condition) -> bool:  # noqa: PLR0911 - one answer an operator
    there, value = _lookup(fields, condition.field)
    wanted = condition.value
    if not there:
        return False
    match condition.operator:
        case "==":
            return equal(value, wanted)
        case "!=":
            return value is not None and not equal(value, wanted)
        case "in":
            return any(equal(value, each) for each in wanted)
        case "not-in":
            return value is not None and not any(equal(value, each) for each in wanted)
        case "array_contains":
            return isinstance(value, list) and any(equal(element, wanted) for element in value)
        case "array_contains_any":
            return isinstance(value, list) and any(equal(element, each) for element in value for each in wanted)
    one, other = key(value), key(wanted)
    if one[0] != other[0]:
        return False
    return {"<": one < other, "<=": one <= other, ">": one > other, ">=": one >= other}[condition.operator]


def _lookup(fields: Fields, path: str) -> tuple[bool, Any]:
    value: Any = fields
    for step in path.split("."):
        if not isinstance(value, dict) or step not in value:
            return False, None
        value = value[step]
    return True, value


def _place(path: str, fields: Fields, orders: list[tuple[str, bool]]) -> list[Any]:
    name = tuple(part.encode() for part in path.split("/"))
    return [name if field == "__name__" else key(_lookup(fields, field)[1]) for field, _ in orders]


def _compare(one: list[Any], other: list[Any], orders: list[tuple[str, bool]]) -> int:
    for mine, theirs, (_, descending) in zip(one, other, orders, strict=False):
        if mine != theirs:
            return 1 if (mine > theirs) != descending else -1
    return 0


def _inside(place: list[Any], question: Question, orders: list[tuple[str, bool]]) -> bool:
    if question.start:
        values, inclusive = question.start
        against = _compare(place, [key(value) for value in values], orders)
        if against < 0 or (against == 0 and not inclusive):
            return False
    if question.end:
        values, inclusive = question.end
        against = _compare(place, [key(value) for value in values], orders)
        if against > 0 or (against == 0 and not inclusive):
            return False
    return True
