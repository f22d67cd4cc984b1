"""What becomes of a transaction that cannot be kept."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.disk import Disk
from infra.local.storage.meta import Bucket, Meta

BUCKET = Bucket(name="b", project="p", created=1, updated=1)
# What this refers to is only looked for at COMMIT, and the transaction stays open where it is missing.
REFERENCE = """
PRAGMA foreign_keys = ON;
CREATE TABLE there (id INTEGER PRIMARY KEY);
CREATE TABLE here (id INTEGER REFERENCES there (id) DEFERRABLE INITIALLY DEFERRED);
"""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """On a disk."""
    disk = Disk(tmp_path)
    yield disk.database("storage")
    disk.close()


@pytest.mark.parametrize(
    ("failing", "said"),
    [
        ("INSERT INTO here VALUES (1)", "FOREIGN KEY"),  # at COMMIT
        ("INSERT OR ROLLBACK INTO buckets VALUES ('c', 'p', NULL)", "NOT NULL"),  # SQLite has undone all by itself
        ("INSERT INTO buckets VALUES ('c', 'p', NULL)", "NOT NULL"),
    ],
    ids=["at its end", "undone", "within"],
)
def test_what_was_to_follow_a_transaction_goes_with_it(database: sqlite3.Connection, failing: str, said: str) -> None:
    """Nothing of it is known, or done by the next one."""
    meta, done = Meta(database), list[str]()
    database.executescript(REFERENCE)

    def change() -> None:
        with meta.transaction():
            meta.put_bucket(BUCKET)
            assert meta.bucket("b") == BUCKET
            meta.afterwards(lambda: done.append("undone"))
            database.execute(failing)

    with pytest.raises(sqlite3.IntegrityError, match=said):
        change()
    assert meta.bucket("b") is None
    with meta.transaction():
        meta.afterwards(lambda: done.append("kept"))
    assert done == ["kept"]
