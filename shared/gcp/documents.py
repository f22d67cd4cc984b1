"""Values as Firestore documents: a field at its default is not stored, a write names only what differs."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from google.cloud.firestore_v1 import DELETE_FIELD

from shared.gcp.encoding import Version, version_of
from shared.gcp.errors import CALL_ERRORS, of_create, of_write, refused
from shared.gcp.firestore import Firestore, Snapshot
from shared.gcp.limits import READ
from shared.telemetry import event

T = TypeVar("T")


def client(project: str, database: str) -> Firestore:
    """Google's asynchronous client; honours FIRESTORE_EMULATOR_HOST. To be made inside the event loop."""
    return Firestore(project=project, database=database)


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


async def read(firestore: Firestore, name: str) -> Snapshot | None:
    """A document by its full name; None when there is none.

    Raises:
        Unavailable: the database does not answer.
    """
    try:
        return await firestore.read(name)
    except CALL_ERRORS as exc:
        raise refused("Firestore", exc) from exc


async def read_all(firestore: Firestore, names: Sequence[str], *, content: bool = True) -> dict[str, Snapshot]:
    """Those of the documents that are there, by name; without `content`, it stays where it is.

    Raises:
        Unavailable: the database does not answer.
    """
    try:
        return await firestore.read_all(names, content=content)
    except CALL_ERRORS as exc:
        raise refused("Firestore", exc) from exc


async def created(firestore: Firestore, *writes: Any) -> Version:
    """Make writes that meet no other version, all or none; gives the version of the first one's document.

    Raises:
        AlreadyExists: a document that they create is there.
        OutcomeUnknown: the answer was lost.
        Unavailable: the database does not answer.
    """
    try:
        return (await firestore.write(writes))[0]
    except CALL_ERRORS as exc:
        raise of_create(exc) from exc


async def written(firestore: Firestore, *writes: Any) -> Version:
    """Make conditional writes, all or none; gives the version of the first one's document.

    Raises:
        Conflict: a document has another version, or is gone, or is there already.
        OutcomeUnknown: the answer was lost.
        Unavailable: the database does not answer.
    """
    try:
        return (await firestore.write(writes))[0]
    except CALL_ERRORS as exc:
        raise of_write(exc) from exc


async def due(query: Any, limit: int, convert: Callable[[Snapshot], T]) -> list[T]:
    """Up to `limit` of the documents that an ordered query finds, converted.

    One that cannot be (a later version may have written it) is logged and passed over: it hides no other.

    Raises:
        Unavailable: the database does not answer.
    """
    converted: list[T] = []
    while wanted := limit - len(converted):
        page = await _found(query.limit(wanted))
        for document in page:
            try:
                converted.append(convert(_snapshot(document)))
            except msgspec.ValidationError as exc:
                event("unreadable document", level=logging.ERROR, error=exc, document=document.reference.path)
        if len(page) < wanted:
            break
        query = query.start_after(page[-1])
    return converted


async def found(query: Any) -> list[Snapshot]:
    """What a query finds.

    Raises:
        Unavailable: the database does not answer.
    """
    return [_snapshot(document) for document in await _found(query)]


async def _found(query: Any) -> list[Any]:
    try:
        return list(await query.get(**READ))
    except CALL_ERRORS as exc:
        raise refused("Firestore", exc) from exc


def _snapshot(document: Any) -> Snapshot:
    """Of Google's own."""
    version = version_of(document.update_time.timestamp_pb())
    return Snapshot(document.reference._document_path, plain(document.to_dict()), version)  # noqa: SLF001 - the full name
