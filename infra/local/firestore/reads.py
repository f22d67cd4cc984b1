"""When a read happens: now, at a past time, in a transaction, or in one that it begins."""

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
    transaction: Transaction | None
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

    def reading(self, database: Database, request: Any) -> Reading:
        """The moment that a request with a consistency selector asks for.

        Raises:
            RpcError: as for `past`, or INVALID_ARGUMENT, there is no such transaction.
        """
        selector = request.WhichOneof("consistency_selector")
        if selector == "read_time":
            at = self.past(database, request.read_time)
            return Reading(at, at, None)
        if selector == "new_transaction":
            transaction = self.begin(database, request.new_transaction)
            return self._within(transaction, began=transaction.id)
        if selector == "transaction" and request.transaction:
            return self._within(self._transactions.get(request.transaction, database))
        return Reading(None, self._clock.tick(), None)

    def now(self, reading: Reading) -> int:
        """What the answer says, once locks have been waited for."""
        return reading.read_time if reading.at is not None else self._clock.tick()

    def _within(self, transaction: Transaction, began: bytes = b"") -> Reading:
        at = transaction.read_time
        return Reading(at, at or self._clock.tick(), transaction, began)
