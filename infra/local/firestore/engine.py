"""What all RPCs share: the data, the transactions, and the indexes deployed."""

from collections.abc import Iterable
from typing import Any

from infra.local.firestore.commits import Committer
from infra.local.firestore.database import Database
from infra.local.firestore.definitions import Definitions
from infra.local.firestore.documents import projected
from infra.local.firestore.paths import FieldPath, parse_field_path
from infra.local.firestore.query import Query, parse_query
from infra.local.firestore.reads import Reader
from infra.local.firestore.records import Record
from infra.local.firestore.store import Store
from infra.local.firestore.transactions import Transactions
from infra.local.kernel import Kernel


class Engine:
    """The parts that RPCs are made of."""

    def __init__(self, kernel: Kernel, definitions: Definitions | None) -> None:
        self.clock = kernel.clock
        self.definitions = definitions
        self.store = Store(kernel)
        self.transactions = Transactions(kernel.clock)
        self.reader = Reader(kernel.clock, self.transactions)
        self.committer = Committer(self.store, kernel.clock)

    def query(self, parent: str, message: Any, summed: Iterable[FieldPath] = ()) -> Query:
        """A checked query; `summed`: the fields that are to be summed or averaged.

        Raises:
            RpcError: INVALID_ARGUMENT, it is none; FAILED_PRECONDITION, no index serves it.
        """
        query = parse_query(parent, message, summed)
        if self.definitions is not None:
            self.definitions.check(query)
        return query


def mask_of(message: Any) -> list[FieldPath] | None:
    """The fields that a request wants to see; None: all."""
    return [parse_field_path(text) for text in message.mask.field_paths] if message.HasField("mask") else None


def fill(message: Any, record: Record, database: Database, mask: Iterable[FieldPath] | None) -> None:
    """Make `message`, an empty Document, the fields of a version that `mask` lets through."""
    if mask is not None:
        kept = projected(record.document(), mask)
        record = Record(record.path, kept.SerializeToString(), record.created, record.updated)
    record.fill(message, database.root)
