"""Commits: the writes of a request, checked and applied as one."""

from typing import Any

from infra.local.clock import Clock
from infra.local.firestore.database import Change, Database
from infra.local.firestore.documents import updated
from infra.local.firestore.errors import already_exists, failed_precondition, invalid, not_found
from infra.local.firestore.limits import check_fields, check_size
from infra.local.firestore.messages import Document, WriteResult, micros_of, set_time
from infra.local.firestore.paths import parse_document
from infra.local.firestore.records import Record
from infra.local.firestore.store import Store
from infra.local.firestore.transforms import transform


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
        kind = write.WhichOneof("operation")
        name = _NAME_OF[kind](write) if kind in _NAME_OF else None
        if name is None:
            raise invalid("A write has no operation.")
        parsed = parse_document(name)
        if parsed.database != database.name:
            raise invalid(f"The document {name} is not of the database {database.name}.")
        path = parsed.path
        before = staged[path] if path in staged else database.get(path)
        _check_precondition(write, before, name)
        result = WriteResult()
        if kind == "delete":
            staged[path] = None
            return result
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
            document = updated(existing, write.update, mask)
            transforms = write.update_transforms
        if transforms:
            result.transform_results.extend(transform(document, transforms, moment))
        data = document.SerializeToString(deterministic=True)
        if before is not None and before.data == data:
            return before  # nothing changed: the update time stays
        check_size(path, document, data)
        return Record(path, data, before.created if before else moment, moment)


_NAME_OF = {
    "update": lambda write: write.update.name,
    "delete": lambda write: write.delete,
    "transform": lambda write: write.transform.document,
}


def _check_precondition(write: Any, before: Record | None, name: str) -> None:
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
        if before is None or before.updated != wanted:
            stored = before.updated if before else 0
            raise failed_precondition(
                f"The stored version ({stored}) does not match the required base version ({wanted}): {name}"
            )
