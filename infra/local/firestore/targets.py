"""What a stream listens to: a query or a set of documents, and what the client knows of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from infra.local.firestore.database import Database
from infra.local.firestore.errors import invalid
from infra.local.firestore.paths import parse_document
from infra.local.firestore.planner import matches, run
from infra.local.firestore.query import Query
from infra.local.firestore.records import Record

View = dict[str, int]  # the documents of a target, by path, with their update times (microseconds since the epoch)


@dataclass
class Delta:
    """What changed in one target: documents that came or changed, and paths of those that went."""

    changed: list[Record] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)


class QueryTarget:
    """The documents that answer a query."""

    def __init__(self, database: Database, query: Query) -> None:
        self._database = database
        self._query = query
        self._windowed = query.limit is not None or query.offset > 0  # one document moves others in and out
        self.view: View = {}

    def begin(self, since: int | None) -> Delta:
        """What a client that knew the target at `since` (None: never) has to hear now."""
        current = list(run(self._database, self._query))
        if since is not None:
            self.view = self._known(since, current)
        return self._move_to(current)

    def concerns(self, path: str) -> bool:
        """Whether a write to the document at `path` can change anything here."""
        return path in self.view or self._query.includes(path)

    def follow(self, paths: Iterable[str]) -> Delta:
        """What changed, the documents at `paths` having been written to."""
        if self._windowed:
            # One that went may have been among those skipped, of which nothing is known here.
            touched = self._query.offset or any(path in self.view or self._match(path) is not None for path in paths)
            return self._move_to(list(run(self._database, self._query))) if touched else Delta()
        delta = Delta()
        for path in paths:
            record = self._match(path)
            if record is None:
                if self.view.pop(path, None) is not None:
                    delta.removed.append(path)
            elif self.view.get(path) != record.updated:
                self.view[path] = record.updated
                delta.changed.append(record)
        return delta

    def _match(self, path: str) -> Record | None:
        record = self._database.get(path)
        return record if record is not None and matches(self._query, record) else None

    def _known(self, since: int, current: list[Record]) -> View:
        """The documents of the target at a past time."""
        if self._windowed:
            return {record.path: record.updated for record in run(self._database, self._query, since)}
        view = {record.path: record.updated for record in current if record.updated <= since}
        for path in self._database.changed_since(since):
            record = self._database.get(path, since)
            if record is not None and matches(self._query, record):
                view[path] = record.updated
        return view

    def _move_to(self, current: list[Record]) -> Delta:
        view = {record.path: record.updated for record in current}
        delta = Delta(
            [record for record in current if self.view.get(record.path) != record.updated],
            [path for path in self.view if path not in view],
        )
        self.view = view
        return delta


class DocumentsTarget:
    """Documents by name, whether they are there or not."""

    def __init__(self, database: Database, paths: Iterable[str]) -> None:
        self._database = database
        self._paths = dict.fromkeys(paths)
        self.view: View = {}

    def begin(self, since: int | None) -> Delta:
        """What a client that knew the target at `since` (None: never) has to hear now."""
        if since is None:
            missing = [path for path in self._paths if self._database.get(path) is None]
            return Delta(self.follow(self._paths).changed, missing)
        for path in self._paths:
            if (record := self._database.get(path, since)) is not None:
                self.view[path] = record.updated
        return self.follow(self._paths)

    def concerns(self, path: str) -> bool:
        """Whether a write to the document at `path` can change anything here."""
        return path in self._paths

    def follow(self, paths: Iterable[str]) -> Delta:
        """What changed, the documents at `paths` having been written to."""
        delta = Delta()
        for path in paths:
            if path not in self._paths:
                continue
            record = self._database.get(path)
            if record is None:
                if self.view.pop(path, None) is not None:
                    delta.removed.append(path)
            elif self.view.get(path) != record.updated:
                self.view[path] = record.updated
                delta.changed.append(record)
        return delta


def parse_target(
    database: Database, message: Any, parse_query: Callable[[str, Any], Query]
) -> QueryTarget | DocumentsTarget:
    """The target that a client asks for.

    Raises:
        RpcError: INVALID_ARGUMENT, it is none or of another database; FAILED_PRECONDITION, an index is missing.
    """
    kind = message.WhichOneof("target_type")
    if kind == "documents":
        names = [parse_document(name) for name in message.documents.documents]
        if any(name.database != database.name for name in names):
            raise invalid(f"A document listened to is not of the database {database.name}.")
        return DocumentsTarget(database, [name.path for name in names])
    if kind != "query" or message.query.WhichOneof("query_type") != "structured_query":
        raise invalid("A target has a query or documents.")
    if message.query.structured_query.HasField("select"):
        raise invalid("'select' clauses are not supported for real-time queries.")
    query = parse_query(message.query.parent, message.query.structured_query)
    if query.database != database.name:
        raise invalid(f"The query listened to is not of the database {database.name}.")
    return QueryTarget(database, query)
