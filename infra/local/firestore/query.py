"""A structured query, checked and brought into the form that is run."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from infra.local.firestore.absent import refusal
from infra.local.firestore.database import ALL, Scope
from infra.local.firestore.errors import invalid
from infra.local.firestore.filters import Where, parse_where
from infra.local.firestore.messages import StructuredQuery
from infra.local.firestore.paths import NAME, FieldPath, Name, parse_field_path, parse_parent
from infra.local.firestore.values import encode, encode_path

_DESCENDING = StructuredQuery.Direction.DESCENDING


class Order(NamedTuple):
    """One field of the order of results."""

    path: FieldPath
    descending: bool


class Cursor(NamedTuple):
    """A position in the order of results: sort keys of the first fields of the order, ascending all."""

    keys: tuple[bytes, ...]
    before: bool  # just before what is there, else just after


@dataclass(frozen=True)
class Query:
    """A query as it is run."""

    database: str
    parent: str  # path of the document the query is below; empty: the root
    collection_id: str
    all_descendants: bool
    where: Where
    orders: tuple[Order, ...]  # complete: the name comes last
    explicit_orders: int  # so many of them stood in the query
    start: Cursor | None
    end: Cursor | None
    offset: int
    limit: int | None
    select: tuple[FieldPath, ...] | None  # None: all fields
    summed: tuple[FieldPath, ...]  # fields summed or averaged: part of the order, and so had by all that is found

    @property
    def scope(self) -> Scope:
        """The documents the query looks at, or more: `includes` tells."""
        if not self.collection_id:
            return ALL
        if self.all_descendants:
            return Scope("group", self.collection_id)
        return Scope("collection", f"{self.parent}/{self.collection_id}".lstrip("/"))

    def includes(self, path: str) -> bool:
        """Whether the query looks at a document."""
        if self.parent and not path.startswith(f"{self.parent}/"):
            return False
        if not self.collection_id:
            return self.all_descendants or path.count("/") == (self.parent.count("/") + 2 if self.parent else 1)
        collection = path.rpartition("/")[0]
        if self.all_descendants:
            return collection.rpartition("/")[2] == self.collection_id
        return collection == self.scope.name


def parse_query(parent: str, message: Any, summed: Iterable[FieldPath] = ()) -> Query:
    """Check a structured query below `parent`; `summed`: the fields that are to be summed or averaged.

    Raises:
        RpcError: INVALID_ARGUMENT, it is none; UNIMPLEMENTED, it asks for vector search.
    """
    below, summed = parse_parent(parent), tuple(summed)
    if message.HasField("find_nearest"):
        raise refusal("StructuredQuery.find_nearest")
    if len(message.from_) != 1:
        raise invalid("StructuredQuery.from must have exactly one collection selector.")
    if message.offset < 0 or message.limit.value < 0:
        raise invalid("The offset and the limit of a query cannot be negative.")
    selector = message.from_[0]
    where = parse_where(
        message.where if message.HasField("where") else None, lambda value: _name_key(value, below.database)
    )
    explicit = [_order(each) for each in message.order_by]
    if len({order.path for order in explicit}) < len(explicit):
        raise invalid("The order of a query has a field twice.")
    if NAME in {order.path for order in explicit[:-1]}:
        raise invalid("Order by clause cannot contain more fields after the key.")
    orders = _complete(explicit, (*where.inequalities, *summed))
    _check_selector(selector, where, orders)
    return Query(
        database=below.database,
        parent=below.path,
        collection_id=selector.collection_id,
        all_descendants=selector.all_descendants,
        where=where,
        orders=orders,
        explicit_orders=len(explicit),
        start=_cursor(message, "start_at", orders, below),
        end=_cursor(message, "end_at", orders, below),
        offset=message.offset,
        limit=message.limit.value if message.HasField("limit") else None,
        select=_select(message),
        summed=summed,
    )


def _check_selector(selector: Any, where: Where, orders: tuple[Order, ...]) -> None:
    if "/" in selector.collection_id:
        raise invalid(f'The collection id "{selector.collection_id}" has a slash.')
    asked = {order.path for order in orders}.union(*(part.fields() for part in where.disjuncts))
    if not selector.collection_id and asked != {NAME}:
        raise invalid("A query without a collection id can filter and order by __name__ only.")


def _order(message: Any) -> Order:
    return Order(parse_field_path(message.field.field_path), message.direction == _DESCENDING)


def _complete(explicit: list[Order], implicit: Iterable[FieldPath]) -> tuple[Order, ...]:
    """Add the fields of inequalities, those summed, and the name, in the direction of the last order given."""
    orders = list(explicit)
    descending = explicit[-1].descending if explicit else False
    for path in (*(path for path in implicit if path != NAME), NAME):
        if path not in {each.path for each in orders} and NAME not in {each.path for each in orders}:
            orders.append(Order(path, descending))
    return tuple(orders)


def _cursor(message: Any, which: str, orders: tuple[Order, ...], below: Name) -> Cursor | None:
    if not message.HasField(which):
        return None
    given = getattr(message, which)
    if len(given.values) > len(message.order_by):
        raise invalid(f"The cursor {which} has more values than the query has orders.")
    keys = [
        _name_key(value, below.database) if order.path == NAME else encode(value)
        for value, order in zip(given.values, orders, strict=False)
    ]
    return Cursor(tuple(keys), given.before)


def _select(message: Any) -> tuple[FieldPath, ...] | None:
    if not message.HasField("select"):
        return None
    paths = (parse_field_path(each.field_path) for each in message.select.fields)
    return tuple(path for path in paths if path != NAME)


def _name_key(value: Any, database: str) -> bytes:
    if value.WhichOneof("value_type") != "reference_value":
        raise invalid("__key__ filter value must be a Key: __name__ is compared with references to documents.")
    prefix = f"{database}/documents/"
    if not value.reference_value.startswith(prefix):
        raise invalid(f"The reference {value.reference_value} is not of the database {database}.")
    return encode_path(value.reference_value[len(prefix) :].strip("/").split("/"))
