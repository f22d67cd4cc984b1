"""Values as Firestore documents: a field at its default is not stored, a write names only what differs."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from google.cloud.firestore_v1 import DELETE_FIELD
from google.cloud.firestore_v1.async_client import AsyncClient

from shared.gcp.errors import CALL_ERRORS, refused
from shared.gcp.limits import READ
from shared.telemetry import event

T = TypeVar("T")


def client(project: str, database: str) -> AsyncClient:
    """Google's asynchronous client; honours FIRESTORE_EMULATOR_HOST. To be made inside the event loop."""
    return AsyncClient(project=project, database=database)


def fields(value: msgspec.Struct) -> dict[str, Any]:
    """The document of a value."""
    document: dict[str, Any] = msgspec.to_builtins(value, builtin_types=(datetime,))
    return document


def changes(before: msgspec.Struct, after: msgspec.Struct) -> dict[str, Any]:
    """The update that makes the document of `before` that of `after`."""
    old, new = fields(before), fields(after)
    changed = {name: value for name, value in new.items() if name not in old or old[name] != value}
    return changed | dict.fromkeys(old.keys() - new.keys(), DELETE_FIELD)


def plain(value: Any) -> Any:
    """Without Google's subclass of datetime, which msgspec does not take; Firestore's own precision is 1 µs."""
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    return datetime.combine(value.date(), value.timetz()) if isinstance(value, datetime) else value


async def read(document: Any) -> Any:
    """The snapshot of a document; None when there is none.

    Raises:
        Unavailable: the database does not answer.
    """
    try:
        snapshot = await document.get(**READ)
    except CALL_ERRORS as exc:
        raise refused("Firestore", exc) from exc
    return snapshot if snapshot.exists else None


async def existing(firestore: AsyncClient, documents: Sequence[Any]) -> frozenset[str]:
    """The ids of those of the documents that are there.

    Raises:
        Unavailable: the database does not answer.
    """
    try:  # a mask with one name that no document has: their content stays where it is
        snapshots = [found async for found in firestore.get_all(list(documents), field_paths=["nothing"], **READ)]
    except CALL_ERRORS as exc:
        raise refused("Firestore", exc) from exc
    return frozenset(snapshot.id for snapshot in snapshots if snapshot.exists)


async def due(query: Any, limit: int, convert: Callable[[Any], T]) -> list[T]:
    """Up to `limit` of the documents that an ordered query finds, converted.

    One that cannot be (a later version may have written it) is logged and passed over: it hides no other.

    Raises:
        Unavailable: the database does not answer.
    """
    converted: list[T] = []
    while wanted := limit - len(converted):
        page = await found(query.limit(wanted))
        for snapshot in page:
            try:
                converted.append(convert(snapshot))
            except msgspec.ValidationError as exc:
                event("unreadable document", level=logging.ERROR, error=exc, document=snapshot.reference.path)
        if len(page) < wanted:
            break
        query = query.start_after(page[-1])
    return converted


async def found(query: Any) -> list[Any]:
    """The snapshots that a query finds.

    Raises:
        Unavailable: the database does not answer.
    """
    try:
        return list(await query.get(**READ))
    except CALL_ERRORS as exc:
        raise refused("Firestore", exc) from exc
