"""Commits: the writes of a request, checked and applied as one."""

from typing import Any

from google.protobuf.unknown_fields import UnknownFieldSet

from infra.local.clock import Clock
from infra.local.firestore.database import Change, Database
from infra.local.firestore.documents import updated
from infra.local.firestore.errors import already_exists, failed_precondition, invalid, not_found
from infra.local.firestore.limits import (
    check_fields,
    check_mask,
    check_path,
    check_request,
    check_size,
    check_transforms,
)
from infra.local.firestore.messages import Document, WriteResult, micros_of, set_time
from infra.local.firestore.paths import parse_document
from infra.local.firestore.records import Record
from infra.local.firestore.store import Store
from infra.local.firestore.transforms import transform

_VERIFY = 5  # number of the field `verify` of a write


class Committer:
    """Applies the writes of commits, one commit after the other."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def commit(self, database: Database, writes: Any) -> tuple[int, list[Any]]:
        """Apply all writes or none; gives the commit time in microseconds, and a WriteResult a write.

        Raises:
            RpcError: a write is malformed, or its precondition fails.
        """
        check_request(writes)
        moment = self._clock.tick()
        staged: dict[str, Record | None] = {}
        results = [self._write(database, staged, write, moment) for write in writes]
        changes = []
        for path, after in staged.items():
            before = database.get(path)
            if before is not after:
                changes.append(Change(path, before, after))
        self._store.write(database, changes, moment)
        return moment, results

    def _write(self, database: Database, staged: dict[str, Record | None], write: Any, moment: int) -> Any:
        kind, name = operation_of(write)
        parsed = parse_document(name)
        if parsed.database != database.name:
            raise invalid(f"The document {name} is not of the database {database.name}.")
        path = parsed.path
        before = staged[path] if path in staged else database.get(path)
        _check_precondition(write, before, name, moment)
        result = WriteResult()
        if kind == "verify":
            return result
        if kind == "delete":
            staged[path] = None
            return result
        if before is None:
            check_path(path)
        after = self._after(write, before, path, moment, result)
        staged[path] = after
        set_time(result.update_time, after.updated)
        return result

    @staticmethod
    def _after(write: Any, before: Record | None, path: str, moment: int, result: Any) -> Record:
        existing = None if before is None else before.document()
        if write.WhichOneof("operation") == "transform":
            document = Document()
            if existing is not None:
                document.CopyFrom(existing)
            transforms = write.transform.field_transforms
        else:
            check_fields(write.update.fields)
            mask = write.update_mask if write.HasField("update_mask") else None
            if mask is not None:
                check_mask(mask)
            document = updated(existing, write.update, mask)
            transforms = write.update_transforms
        if transforms:
            check_transforms(transforms)
            result.transform_results.extend(transform(document, transforms, moment))
        data = document.SerializeToString(deterministic=True)
        if before is not None and before.data == data:
            return before  # nothing changed: the update time stays
        check_size(path, document, data)
        return Record(path, data, before.created if before else moment, moment)


def operation_of(write: Any) -> tuple[str, str]:
    """What a write does, and the name of the document it does it to.

    Raises:
        RpcError: INVALID_ARGUMENT, it does nothing, or has parts that belong to another operation.
    """
    kind = write.WhichOneof("operation")
    if kind != "update" and (write.HasField("update_mask") or write.update_transforms):
        raise invalid("A write has an update_mask or update_transforms only when its operation is update.")
    if kind == "update":
        return kind, write.update.name
    if kind == "delete":
        return kind, write.delete
    if kind == "transform":
        return kind, write.transform.document
    for unknown in UnknownFieldSet(write):  # Google's Python messages leave out `verify`; other clients send it
        if unknown.field_number == _VERIFY:
            return "verify", unknown.data.decode()
    raise invalid("A write has no operation.")


def _check_precondition(write: Any, before: Record | None, name: str, now: int) -> None:
    if not write.HasField("current_document"):
        return
    condition = write.current_document
    kind = condition.WhichOneof("condition_type")
    if kind == "exists":
        if condition.exists and before is None:
            raise not_found(f"No document to update: {name}")
        if not condition.exists and before is not None:
            raise already_exists(f"Document already exists: {name}")
    elif kind == "update_time":
        wanted = micros_of(condition.update_time)
        if condition.update_time.nanos % 1000:
            raise invalid("The update_time of a precondition must be aligned to microseconds.")
        if wanted > now:
            raise invalid("The update_time of a precondition is in the future.")
        if before is None or before.updated != wanted:
            stored = before.updated if before else 0
            raise failed_precondition(
                f"The stored version ({stored}) does not match the required base version ({wanted}): {name}"
            )
