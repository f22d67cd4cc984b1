"""When a read happens: now, at a past time, in a transaction, or in one that it begins."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from infra.local.clock import Clock
from infra.local.firestore.database import Database
from infra.local.firestore.errors import invalid
from infra.local.firestore.messages import TransactionOptions, micros_of
from infra.local.firestore.transactions import Transaction, Transactions

_Mode = TransactionOptions.ConcurrencyMode


@dataclass(frozen=True)
class Reading:
    """The moment of a read."""

    at: int | None  # a past time, in microseconds since the epoch; None: now
    read_time: int  # what the answer says
    transaction: Transaction | None  # set: what is read has to be noted there
    began: bytes = b""  # id of the transaction begun by this read


class Reader:
    """Finds out the moment a request wants to read at."""

    def __init__(self, clock: Clock, transactions: Transactions) -> None:
        self._clock = clock
        self._transactions = transactions

    def past(self, database: Database, timestamp: Any) -> int:
        """A past time to read at, in microseconds since the epoch.

        Raises:
            RpcError: INVALID_ARGUMENT, it is to come or finer than a microsecond; FAILED_PRECONDITION, it is too
                long ago.
        """
        at, now = micros_of(timestamp), self._clock.now()
        if timestamp.nanos % 1000:
            raise invalid("A read_time must have microsecond precision.")
        if at > now:
            raise invalid("The read_time is in the future.")
        database.check_past(at, now)
        return at

    def begin(self, database: Database, options: Any) -> Transaction:
        """Begin the transaction that the options ask for.

        Raises:
            RpcError: as for `past`.
        """
        if options.WhichOneof("mode") == "read_only":
            at = self._clock.tick()
            if options.read_only.HasField("read_time"):
                at = self.past(database, options.read_only.read_time)
            return self._transactions.begin(database, read_time=at)
        mode = options.read_write.concurrency_mode
        return self._transactions.begin(
            database, retry=options.read_write.retry_transaction, patient=mode != _Mode.OPTIMISTIC
        )

    async def reading(self, database: Database, request: Any, keys: Iterable[str]) -> Reading:
        """The moment that a request with a consistency selector reads at.

        In a transaction, `keys` (paths of documents, or what else is read) are waited for first.

        Raises:
            RpcError: as for `past`, or INVALID_ARGUMENT, there is no such transaction.
        """
        transaction, began = self._transaction(database, request)
        if transaction is not None:
            for key in sorted(keys):
                await self._transactions.hold(transaction, key)
            now = self._clock.tick()
            at = transaction.moment(now)
            return Reading(at, at or now, transaction if at is None else None, began)
        if request.WhichOneof("consistency_selector") == "read_time":
            at = self.past(database, request.read_time)
            return Reading(at, at, None)
        return Reading(None, self._clock.tick(), None)

    def _transaction(self, database: Database, request: Any) -> tuple[Transaction | None, bytes]:
        """The transaction of a read, and its id if this read begins it."""
        selector = request.WhichOneof("consistency_selector")
        if selector == "new_transaction":
            options = request.new_transaction
            if options.WhichOneof("mode") is None:
                options.read_only.SetInParent()  # unlike BeginTransaction, where the default is to write
            transaction = self.begin(database, options)
            return transaction, transaction.id
        if selector == "transaction" and request.transaction:
            return self._transactions.get(request.transaction, database), b""
        return None, b""
