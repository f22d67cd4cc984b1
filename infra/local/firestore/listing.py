"""Pages of documents, those that are missing included, and of collection ids."""

import base64
import binascii
import heapq
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any, NamedTuple

import msgspec

from infra.local.firestore.database import Database
from infra.local.firestore.errors import invalid
from infra.local.firestore.indexes import name_key
from infra.local.firestore.messages import StructuredQuery
from infra.local.firestore.planner import order_keys, run
from infra.local.firestore.query import Cursor, Query, parse_query
from infra.local.firestore.records import Record

PAGE = 300  # documents or collection ids of a page, at most and by default


class Listed(NamedTuple):
    """A document of a page; no record: it is missing, but has documents below it."""

    path: str
    record: Record | None


class _Token(msgspec.Struct, array_like=True):
    keys: list[bytes]  # the position of the last document of the page before


def listing_query(request: Any) -> Query:
    """What a ListDocuments request asks for, as a query.

    Raises:
        RpcError: INVALID_ARGUMENT, the order or the page token is none.
    """
    if request.page_size < 0:
        raise invalid("page_size cannot be negative.")
    if request.show_missing and request.order_by:
        raise invalid("show_missing cannot be used with order_by.")
    message = StructuredQuery()
    message.from_.add(collection_id=request.collection_id)
    for part in filter(None, (part.strip() for part in request.order_by.split(","))):
        field, _, direction = part.partition(" ")
        if direction.strip().lower() not in {"", "asc", "desc"}:
            raise invalid(f'The order "{part}" is not of the form "field", "field asc" or "field desc".')
        order = message.order_by.add(direction=2 if direction.strip().lower() == "desc" else 1)
        order.field.field_path = field
    query = parse_query(request.parent, message)
    return (
        replace(query, start=Cursor(tuple(_read_token(request.page_token)), before=False))
        if request.page_token
        else query
    )


def page(database: Database, query: Query, size: int, at: int | None, *, missing: bool) -> tuple[list[Listed], str]:
    """One page, and the token of the next (empty: there is none)."""
    size = min(size or PAGE, PAGE)
    found: Iterator[Listed] = (Listed(record.path, record) for record in run(database, query, at))
    if missing:
        found = heapq.merge(found, _missing(database, query, at), key=lambda each: name_key(each.path))
    listed = list(islice(found, size + 1))
    if len(listed) <= size:
        return listed, ""
    last = listed[size - 1]
    keys = [name_key(last.path)] if last.record is None else order_keys(query, last.record)
    return listed[:size], _write_token(keys)


def collection_ids(database: Database, parent: str, size: int, token: str, at: int | None) -> tuple[list[str], str]:
    """One page of the ids of the collections of a document or of the root, and the token of the next.

    Raises:
        RpcError: INVALID_ARGUMENT, the page size or token is none.
    """
    if size < 0:
        raise invalid("page_size cannot be negative.")
    size = min(size or PAGE, PAGE)
    depth = len(parent) + 1 if parent else 0
    ids = sorted({path[depth:].partition("/")[0] for path in database.collections_below(parent, at)}, key=str.encode)
    if token:
        last = b"".join(_read_token(token))
        ids = [each for each in ids if each.encode() > last]
    return ids[:size], _write_token([ids[size - 1].encode()]) if len(ids) > size else ""


def _missing(database: Database, query: Query, at: int | None) -> list[Listed]:
    """Documents of the collections asked for that are not there, but have documents below them."""
    paths = set()
    depth = query.parent.count("/") + 3 if query.parent else 2
    for collection in database.collections_below(query.parent, at):
        segments = collection.split("/")
        path = "/".join(segments[:depth])
        if len(segments) > depth and query.collection_id in ("", segments[depth - 2]):
            paths.add(path)
    after = query.start.keys[0] if query.start else b""
    named = sorted((name_key(path), path) for path in paths if database.get(path, at) is None)
    return [Listed(path, None) for key, path in named if key > after]


def _write_token(keys: list[bytes]) -> str:
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(_Token(keys))).decode()


def _read_token(text: str) -> list[bytes]:
    try:
        return msgspec.msgpack.decode(base64.urlsafe_b64decode(text), type=_Token).keys
    except (msgspec.MsgspecError, binascii.Error, ValueError) as exc:
        raise invalid(f'"{text}" is no page token of this server.') from exc
