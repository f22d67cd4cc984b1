"""Values as Firestore documents: a field at its default is not stored, a write names only what differs."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from google.cloud.firestore_v1 import DELETE_FIELD

from shared.gcp.encoding import Version
from shared.gcp.errors import CALL_ERRORS, of_create, of_write, refused
from shared.gcp.firestore import Firestore, Snapshot
from shared.gcp.job_queries import oldest
from shared.ports import Position
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


async def due(firestore: Firestore, woken: Any, limit: int, convert: Callable[[Snapshot], T]) -> list[T]:
    """Up to `limit` of the documents that a query finds, converted, by their `wake_at`.

    One that cannot be (a later version may have written it) is logged and passed over: it hides no other.

    Raises:
        Unavailable: the database does not answer.
    """
    converted: list[T] = []
    after: Position | None = None
    while wanted := limit - len(converted):
        page = await found(firestore, oldest(woken, "wake_at", after).limit(wanted))
        for snapshot in page:
            try:
                converted.append(convert(snapshot))
            except msgspec.ValidationError as exc:
                event("unreadable document", level=logging.ERROR, error=exc, document=snapshot.path)
        if len(page) < wanted:
            break
        after = Position(page[-1].fields["wake_at"], page[-1].id)
    return converted


async def found(firestore: Firestore, query: Any) -> list[Snapshot]:
    """What a query finds.

    Raises:
        Unavailable: the database does not answer.
    """
    try:
        return await firestore.find(query)
    except CALL_ERRORS as exc:
        raise refused("Firestore", exc) from exc
