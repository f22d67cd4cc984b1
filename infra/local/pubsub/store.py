"""The disk below the broker. What is written here survives `kill -9`; in memory there is nothing to write."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from infra.local.kernel import Kernel
from infra.local.pubsub.messages import Message

# AUTOINCREMENT remembers the highest id ever stored, so that none is given twice, even by a clock set back.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS topics (name TEXT PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS subscriptions (name TEXT PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS messages (
  id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, data BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS backlog (
  subscription TEXT NOT NULL, message INTEGER NOT NULL, failures INTEGER NOT NULL, PRIMARY KEY (subscription, message)
) WITHOUT ROWID;
"""


class Store:
    """Topics, subscriptions, messages, and which subscription still owes which message."""

    def __init__(self, kernel: Kernel) -> None:
        self._disk: sqlite3.Connection | None = kernel.disk.database("pubsub") if kernel.disk.folder else None
        if self._disk is not None:
            self._disk.executescript(_SCHEMA)

    def save_topic(self, name: str, data: bytes) -> None:
        """Write a topic, new or changed."""
        self._run("INSERT OR REPLACE INTO topics VALUES (?, ?)", [(name, data)])

    def delete_topic(self, name: str, orphans: Iterable[tuple[str, bytes]]) -> None:
        """Delete a topic, and write the subscriptions that it leaves."""
        with self._transaction() as disk:
            if disk is not None:
                disk.execute("DELETE FROM topics WHERE name = ?", (name,))
                disk.executemany("INSERT OR REPLACE INTO subscriptions VALUES (?, ?)", orphans)

    def save_subscription(self, name: str, data: bytes) -> None:
        """Write a subscription, new or changed."""
        self._run("INSERT OR REPLACE INTO subscriptions VALUES (?, ?)", [(name, data)])

    def delete_subscription(self, name: str) -> None:
        """Delete a subscription; `settle` its messages first."""
        self._run("DELETE FROM subscriptions WHERE name = ?", [(name,)])

    def publish(self, messages: Iterable[Message], owed: Iterable[tuple[str, int]]) -> None:
        """Write messages with the pairs of subscription and message id that they are owed to."""
        with self._transaction() as disk:
            if disk is not None:
                rows = ((message.id, message.topic, message.body.SerializeToString()) for message in messages)
                disk.executemany("INSERT INTO messages VALUES (?, ?, ?)", rows)
                disk.executemany("INSERT INTO backlog VALUES (?, ?, 0)", owed)

    def settle(self, subscription: str, messages: Sequence[Message]) -> None:
        """A subscription owes these messages no more; what nobody is owed, is deleted."""
        for message in messages:
            message.owed -= 1
        with self._transaction() as disk:
            if disk is not None:
                pairs = ((subscription, message.id) for message in messages)
                disk.executemany("DELETE FROM backlog WHERE subscription = ? AND message = ?", pairs)
                done = ((message.id,) for message in messages if message.owed <= 0)
                disk.executemany("DELETE FROM messages WHERE id = ?", done)

    def failed(self, subscription: str, message: Message, failures: int) -> None:
        """Note how often a delivery has failed so far."""
        row = (failures, subscription, message.id)
        self._run("UPDATE backlog SET failures = ? WHERE subscription = ? AND message = ?", [row])

    def topics(self) -> list[tuple[str, bytes]]:
        """All topics."""
        return list(self._disk.execute("SELECT name, data FROM topics")) if self._disk else []

    def subscriptions(self) -> list[tuple[str, bytes]]:
        """All subscriptions."""
        return list(self._disk.execute("SELECT name, data FROM subscriptions")) if self._disk else []

    def backlog(self) -> Iterator[tuple[str, Message, int]]:
        """Every message with the subscription that owes it and its failures, oldest first."""
        if self._disk is None:
            return
        known: dict[int, Message] = {}
        rows = self._disk.execute(
            "SELECT subscription, id, topic, data, failures FROM backlog JOIN messages ON id = message ORDER BY id"
        )
        for subscription, number, topic, data, failures in rows:
            message = known.get(number)
            if message is None:
                known = {number: (message := Message.stored(number, topic, data))}
            message.owed += 1
            yield subscription, message, failures

    def last_id(self) -> int:
        """The highest message id that was ever written; 0 if none was."""
        row = self._disk.execute("SELECT seq FROM sqlite_sequence").fetchone() if self._disk else None
        return int(row[0]) if row else 0

    def _run(self, statement: str, rows: Iterable[tuple[object, ...]]) -> None:
        with self._transaction() as disk:
            if disk is not None:
                disk.executemany(statement, rows)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection | None]:
        if self._disk is None:
            yield None
            return
        self._disk.execute("BEGIN IMMEDIATE")
        try:
            yield self._disk
            self._disk.execute("COMMIT")
        finally:
            if self._disk.in_transaction:  # SQLite may have undone it by itself
                self._disk.execute("ROLLBACK")
