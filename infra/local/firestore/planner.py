"""Running a query: each conjunction is a range of an index, and the ranges are merged in the order of the query."""

import heapq
from collections.abc import Iterator
from itertools import islice

from infra.local.firestore.database import Database, in_scope
from infra.local.firestore.documents import field_at
from infra.local.firestore.filters import Conjunction
from infra.local.firestore.indexes import Component, Kind, Spec, name_key
from infra.local.firestore.paths import NAME
from infra.local.firestore.query import Cursor, Query
from infra.local.firestore.records import Record
from infra.local.firestore.values import LAST, decode_path, encode, turned


def run(database: Database, query: Query, at: int | None = None) -> Iterator[Record]:
    """The documents that answer the query, in order, now or at a past time; the cost is that of what is taken."""
    stop = None if query.limit is None else query.offset + query.limit
    return islice(matching(database, query, at), query.offset, stop)


def matching(database: Database, query: Query, at: int | None = None) -> Iterator[Record]:
    """As `run`, without offset and limit."""
    streams = [_stream(database, query, part, at) for part in query.where.disjuncts if not part.impossible]
    if len(streams) == 1:
        yield from streams[0]
        return
    seen: set[str] = set()
    for record in heapq.merge(*streams, key=lambda each: order_key(query, each)):
        if record.path not in seen:
            seen.add(record.path)
            yield record


def matches(query: Query, record: Record) -> bool:
    """Whether a document answers the query, cursors included, offset and limit aside."""
    if not query.includes(record.path):
        return False
    fields = record.document().fields
    if any(order.path != NAME and field_at(fields, order.path) is None for order in query.orders):
        return False
    key = name_key(record.path)
    if not any(part.matches(record, key) for part in query.where.disjuncts):
        return False
    low, high = _cursor_bounds(query, backwards=False)
    return low <= order_key(query, record) < high


def order_key(query: Query, record: Record) -> bytes:
    """What sorts documents in the order of the query. The document has all fields of the order."""
    keys = zip(order_keys(query, record), query.orders, strict=True)
    return b"".join(turned(key) if order.descending else key for key, order in keys)


def order_keys(query: Query, record: Record) -> list[bytes]:
    """The sort keys of the fields of the order, ascending all: a cursor on the document."""
    fields = record.document().fields
    return [name_key(record.path) if path == NAME else encode(field_at(fields, path)) for path, _ in query.orders]


def _stream(database: Database, query: Query, part: Conjunction, at: int | None) -> Iterator[Record]:
    if NAME in part.equal:
        yield from _by_name(database, query, part, at)
        return
    # An index read backwards serves the opposite directions, so the first order is always ascending.
    backwards = query.orders[0].descending
    equal = sorted(part.equal)
    spec: Spec = (
        *(Component(path, "up") for path in equal),
        *(Component(path, "contains") for path, _ in part.contains),
        *(Component(path, _kind(descending=descending != backwards)) for path, descending in query.orders),
    )
    prefix = b"".join(part.equal[path] for path in equal) + b"".join(key for _, key in part.contains)
    low, high = _cursor_bounds(query, backwards=backwards)
    if bounds := part.ranges.get(query.orders[0].path):
        low, high = max(low, bounds.low), min(high, bounds.high)
    residual = bool(set(part.ranges) - {query.orders[0].path} or part.excluded)
    index = database.index(query.scope, spec, at)
    for path in index.scan(prefix + low, prefix + high, backwards=backwards):
        if not query.includes(path):
            continue
        record = database.get(path, at)
        if record is not None and (not residual or part.matches(record, name_key(path))):
            yield record


def _by_name(database: Database, query: Query, part: Conjunction, at: int | None) -> Iterator[Record]:
    """The one document whose name is asked for."""
    record = database.get("/".join(decode_path(part.equal[NAME])), at)
    if record is None or not in_scope(record.path, query.scope):
        return
    if matches(query, record) and part.matches(record, name_key(record.path)):
        yield record


def _kind(*, descending: bool) -> Kind:
    return "down" if descending else "up"


def _cursor_bounds(query: Query, *, backwards: bool) -> tuple[bytes, bytes]:
    """Keys of the order from the start cursor to before the end cursor, in an index that may be read backwards."""
    low = _position(query, query.start, backwards=backwards) if query.start else b""
    high = _position(query, query.end, backwards=backwards) if query.end else LAST
    if backwards:
        return (high if query.end else b""), (low if query.start else LAST)
    return low, high


def _position(query: Query, cursor: Cursor, *, backwards: bool) -> bytes:
    keys = (
        turned(key) if order.descending != backwards else key
        for key, order in zip(cursor.keys, query.orders, strict=False)
    )
    return b"".join(keys) + (b"" if cursor.before != backwards else LAST)
