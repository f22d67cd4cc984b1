"""What is known of buckets, objects and open uploads: records in SQLite, changed in transactions."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

SCHEMA = """
CREATE TABLE IF NOT EXISTS buckets (name TEXT PRIMARY KEY, project TEXT NOT NULL, record BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS objects (
    bucket TEXT NOT NULL, name TEXT NOT NULL, generation INTEGER NOT NULL, live INTEGER NOT NULL, file TEXT NOT NULL,
    record BLOB NOT NULL, PRIMARY KEY (bucket, name, generation)) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS live_objects ON objects (bucket, name) WHERE live;
CREATE TABLE IF NOT EXISTS uploads (id TEXT PRIMARY KEY, record BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, record BLOB NOT NULL) WITHOUT ROWID;
"""


class Bucket(msgspec.Struct, frozen=True, kw_only=True):
    """One bucket; times in microseconds since the epoch."""

    name: str
    project: str
    created: int
    updated: int
    metageneration: int = 1
    settings: dict[str, Any] = {}  # as the JSON API has them: labels, cors, versioning, …

    @property
    def versioned(self) -> bool:
        """Whether a replaced or deleted object stays as a noncurrent generation."""
        return bool(self.settings.get("versioning", {}).get("enabled"))


class Object(msgspec.Struct, frozen=True, kw_only=True):
    """One generation of an object; times in microseconds since the epoch, size in bytes."""

    bucket: str
    name: str
    generation: int
    created: int
    updated: int
    size: int
    crc32c: str  # base64, as the JSON API has it
    md5: str | None  # base64; None: composed of others; empty: nobody has asked for it yet
    file: str  # its bytes, in the folder of the service
    metageneration: int = 1
    deleted: int | None = None  # since when it is noncurrent
    components: int | None = None
    settings: dict[str, Any] = {}  # contentType, metadata, cacheControl, … as the JSON API has them


class Meta:
    """The records; every method is one SQLite statement, several go in a `transaction`."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._db = database
        self._afterwards: list[Callable[[], None]] = []
        self._buckets: dict[str, Bucket] = {}  # as they are on the disk: every call looks at one
        database.executescript(SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the block's changes, or none; survives `kill -9` once the outermost such block has ended."""
        if self._db.in_transaction:
            yield
            return
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:  # the disk is full, say: nothing has changed
            self._afterwards.clear()
            self._buckets.clear()
            if self._db.in_transaction:  # or SQLite has undone it by itself
                self._db.execute("ROLLBACK")
            raise
        due, self._afterwards = self._afterwards, []
        for action in due:
            action()

    def afterwards(self, action: Callable[[], None]) -> None:
        """Do `action` once the transaction under way is on the disk; not at all when it is undone."""
        self._afterwards.append(action)

    def bucket(self, name: str) -> Bucket | None:
        """The bucket of that name."""
        if name not in self._buckets:
            row = self._db.execute("SELECT record FROM buckets WHERE name = ?", (name,)).fetchone()
            if row is None:
                return None
            self._buckets[name] = msgspec.json.decode(row[0], type=Bucket)
        return self._buckets[name]

    def put_bucket(self, bucket: Bucket) -> None:
        """Write a bucket's record."""
        self._buckets.pop(bucket.name, None)
        row = (bucket.name, bucket.project, msgspec.json.encode(bucket))
        self._db.execute("INSERT OR REPLACE INTO buckets VALUES (?, ?, ?)", row)

    def delete_bucket(self, name: str) -> None:
        """Forget a bucket."""
        self._buckets.pop(name, None)
        self._db.execute("DELETE FROM buckets WHERE name = ?", (name,))

    def buckets(self, project: str, after: str, limit: int) -> list[Bucket]:
        """Up to `limit` buckets of a project by name; an empty project: of all."""
        where = "(? = '' OR project = ?) AND name > ?"
        rows = self._db.execute(
            f"SELECT record FROM buckets WHERE {where} ORDER BY name LIMIT ?",  # noqa: S608 - a constant
            (project, project, after, limit),
        )
        return [msgspec.json.decode(row[0], type=Bucket) for row in rows]

    def object(self, bucket: str, name: str, generation: int | None = None) -> Object | None:
        """The live object of that name, or the generation asked for, live or not."""
        which = "live" if generation is None else "generation = ?"
        keys = (bucket, name) if generation is None else (bucket, name, generation)
        row = self._db.execute(
            f"SELECT record FROM objects WHERE bucket = ? AND name = ? AND {which}",  # noqa: S608 - two constants
            keys,
        ).fetchone()
        return msgspec.json.decode(row[0], type=Object) if row else None

    def put_object(self, item: Object) -> None:
        """Write a generation's record; it is live unless it has a time of deletion."""
        row = (item.bucket, item.name, item.generation, item.deleted is None, item.file, msgspec.json.encode(item))
        self._db.execute("INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?)", row)

    def delete_object(self, item: Object) -> None:
        """Forget a generation."""
        key = (item.bucket, item.name, item.generation)
        self._db.execute("DELETE FROM objects WHERE bucket = ? AND name = ? AND generation = ?", key)

    def objects(
        self, bucket: str, start: str, end: str | None, *, versions: bool = False, after: int = -1
    ) -> Iterator[Object]:
        """Objects by name (in UTF-8 order), then generation.

        From `start` on, or behind its generation `after`; before `end`.
        """
        rows = self._db.execute(
            "SELECT record FROM objects WHERE bucket = ? AND (name, generation) > (?, ?)"
            " AND (? IS NULL OR name < ?) AND (live OR ?) ORDER BY name, generation",
            (bucket, start, after, end, end, versions),
        )
        return (msgspec.json.decode(row[0], type=Object) for row in rows)

    def holds_objects(self, bucket: str) -> bool:
        """Whether any generation is in the bucket."""
        return self._db.execute("SELECT 1 FROM objects WHERE bucket = ? LIMIT 1", (bucket,)).fetchone() is not None

    def files(self) -> set[str]:
        """Every file that some object owns."""
        return {row[0] for row in self._db.execute("SELECT file FROM objects")}

    def upload(self, upload_id: str) -> bytes | None:
        """The record of an open resumable upload."""
        row = self._db.execute("SELECT record FROM uploads WHERE id = ?", (upload_id,)).fetchone()
        return row[0] if row else None

    def put_upload(self, upload_id: str, record: bytes) -> None:
        """Write the record of a resumable upload."""
        self._db.execute("INSERT OR REPLACE INTO uploads VALUES (?, ?)", (upload_id, record))

    def delete_upload(self, upload_id: str) -> None:
        """Forget a resumable upload."""
        self._db.execute("DELETE FROM uploads WHERE id = ?", (upload_id,))

    def uploads(self) -> list[str]:
        """The ids of all open resumable uploads."""
        return [row[0] for row in self._db.execute("SELECT id FROM uploads")]

    def setting(self, name: str) -> bytes | None:
        """A record of the service itself."""
        row = self._db.execute("SELECT record FROM settings WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def put_setting(self, name: str, record: bytes) -> None:
        """Write a record of the service itself."""
        self._db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, record))
