"""All databases, and the disk below them. What a commit wrote is on the disk before anyone can see it."""

import sqlite3
from collections.abc import Sequence

import grpc

from infra.local.firestore.database import Change, Database
from infra.local.firestore.records import Record
from infra.local.kernel import Kernel
from infra.local.rpc import RpcError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
  database TEXT NOT NULL, path TEXT NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL, data BLOB NOT NULL,
  PRIMARY KEY (database, path)
);
CREATE TABLE IF NOT EXISTS last_deletion (id INTEGER PRIMARY KEY, moment INTEGER NOT NULL);
"""


class Store:
    """The databases by name; one is there as soon as it is asked for."""

    def __init__(self, kernel: Kernel) -> None:
        self._databases: dict[str, Database] = {}
        # In memory there is nothing to keep: SQLite would hold a second copy of everything.
        self._disk: sqlite3.Connection | None = kernel.disk.database("firestore") if kernel.disk.folder else None
        if self._disk is not None:
            kernel.clock.catch_up(self._load(self._disk))
        # The past is in memory alone: whoever knows a moment before this one has to ask anew.
        self._started = kernel.clock.now()
        for database in self._databases.values():
            database.known_since = self._started

    def database(self, name: str) -> Database:
        """The database `projects/P/databases/D`."""
        database = self._databases.get(name)
        if database is None:
            database = self._databases[name] = Database(name, self._started)
        return database

    def databases(self) -> list[Database]:
        """All databases that were ever asked for."""
        return list(self._databases.values())

    def write(self, database: Database, changes: Sequence[Change], moment: int) -> None:
        """Make the changes of one commit durable, then visible.

        Raises:
            RpcError: UNAVAILABLE, the disk is full or broken; nothing has changed.
        """
        if self._disk is not None and changes:
            try:
                _save(self._disk, database.name, changes, moment)
            except sqlite3.Error as exc:
                raise RpcError(grpc.StatusCode.UNAVAILABLE, f"The local disk refuses the commit: {exc}") from exc
        database.apply(changes, moment)

    def _load(self, disk: sqlite3.Connection) -> int:
        """Take in all documents; gives the time of the last commit, in microseconds since the epoch."""
        disk.executescript(_SCHEMA)
        (latest,) = disk.execute("SELECT COALESCE(MAX(moment), 0) FROM last_deletion").fetchone()
        for name, path, created, updated, data in disk.execute("SELECT * FROM documents"):
            if name not in self._databases:
                self._databases[name] = Database(name, 0)
            self._databases[name].load(Record(path, data, created, updated))
            latest = max(latest, updated)
        return int(latest)


def _save(disk: sqlite3.Connection, name: str, changes: Sequence[Change], moment: int) -> None:
    if len(changes) == 1 and changes[0].after is not None:  # one statement is a transaction of its own
        _save_one(disk, name, changes[0], moment)
        return
    disk.execute("BEGIN IMMEDIATE")
    try:
        for change in changes:
            _save_one(disk, name, change, moment)
        disk.execute("COMMIT")
    finally:
        if disk.in_transaction:
            disk.execute("ROLLBACK")


def _save_one(disk: sqlite3.Connection, name: str, change: Change, moment: int) -> None:
    path, before, after = change
    if after is None:
        disk.execute("DELETE FROM documents WHERE database = ? AND path = ?", (name, path))
        disk.execute("INSERT OR REPLACE INTO last_deletion VALUES (0, ?)", (moment,))
    elif before is None:
        new = (name, path, after.created, after.updated, after.data)
        disk.execute("INSERT INTO documents VALUES (?, ?, ?, ?, ?)", new)
    else:  # cheaper than to replace it: its keys stay where they are
        row = (after.created, after.updated, after.data, name, path)
        disk.execute("UPDATE documents SET created = ?, updated = ?, data = ? WHERE database = ? AND path = ?", row)
