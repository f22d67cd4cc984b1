"""Transactions: what they read is checked when they commit, and those that want the same wait for each other.

Correctness rests on the check alone (optimistic). Waiting is there so that ten transactions on one document take
turns, as at Google's, rather than abort one another until their clients give up:

    T1  read A ───────────── commit          T1 holds A from its first read to its end
    T2       read A (waits) ─ · ─ read ─ commit

A transaction that is silent for `PATIENCE` holds up no one, so nobody waits for a client that is gone, and two
that wait for each other go on at once.
"""

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from infra.local.clock import Clock
from infra.local.firestore.database import Database
from infra.local.firestore.errors import aborted, invalid
from infra.local.rpc import RpcError

PATIENCE = 0.5  # seconds of silence after which a transaction no longer holds up others
IDLE = 60_000_000  # microseconds of silence after which a transaction is over
LONGEST = 270_000_000  # microseconds after which it is over in any case
_CONTENTION = (
    "Aborted due to cross-transaction contention. This occurs when multiple transactions attempt to access the same "
    "data, requiring Firestore to abort at least one in order to enforce serializability."
)
_SHORTEST_WAIT = 0.01  # seconds between looks at one who waits himself
_REMEMBERED = 10_000  # ended transactions whose rollback is still accepted

Seen = tuple[tuple[str, int], ...]  # paths of documents with their update times, microseconds since the epoch


@dataclass
class Transaction:
    """A transaction that has begun and not ended."""

    id: bytes
    database: Database
    order: int  # of its first attempt: who came first, goes first
    read_time: int | None  # set: read-only, at that time
    patient: bool  # whether it waits for others, and they for it
    started: int  # microseconds since the epoch, as `used`
    used: int  # its last call
    heard: float  # likewise, in seconds of the loop's clock, which nobody moves
    documents: dict[str, int] = field(default_factory=dict)  # path → update time seen; 0: there was none
    queries: list[tuple[Seen, Callable[[], Seen], int]] = field(default_factory=list)
    sound_at: int = 0  # when all it had read was still so, in microseconds since the epoch
    holds: set[str] = field(default_factory=set)
    waits_for: str | None = None

    @property
    def read_only(self) -> bool:
        """Whether it may not write."""
        return self.read_time is not None

    def moment(self, now: int) -> int | None:
        """When the next read is to happen; None: now.

        One that is bound to be aborted goes on reading the past where all it read was so: it shall neither see two
        moments nor fail before it commits, since clients try again only what fails to commit.
        """
        if self.read_time is not None:
            return self.read_time
        if self.database.last_commit > self.sound_at and not self._is_sound():
            return self.sound_at
        self.sound_at = now
        return None

    def _is_sound(self) -> bool:
        try:
            self.check()
        except RpcError:
            return False
        return True

    def saw(self, path: str, updated: int) -> None:
        """Note a document read; the first reading counts."""
        self.documents.setdefault(path, updated)

    def saw_query(self, seen: Seen, again: Callable[[], Seen]) -> None:
        """Note the answer of a query, with how to ask it again."""
        self.queries.append((seen, again, self.database.last_commit))

    def check(self) -> None:
        """Whether everything it read is still so.

        Raises:
            RpcError: ABORTED, something is not.
        """
        for path, updated in self.documents.items():
            record = self.database.get(path)
            if (record.updated if record else 0) != updated:
                raise aborted(f"{_CONTENTION} The document {path} has changed since it was read.")
        for seen, again, at in self.queries:
            if self.database.last_commit > at and again() != seen:
                raise aborted(f"{_CONTENTION} What a query found has changed since.")


@dataclass(eq=False)
class _Waiter:
    transaction: Transaction
    ready: asyncio.Future[None]


class Transactions:
    """The transactions of all databases."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open: dict[bytes, Transaction] = {}
        self._ended: OrderedDict[bytes, int] = OrderedDict()  # id → order
        self._holders: dict[str, Transaction] = {}
        self._waiting: dict[str, list[_Waiter]] = {}
        self._count = 0

    def begin(
        self, database: Database, *, read_time: int | None = None, retry: bytes = b"", patient: bool = True
    ) -> Transaction:
        """Begin a transaction.

        `read_time`: it is read-only, at that time. `retry`: the id of one that was aborted, whose place in line it
        takes. `patient`: whether it waits for others that hold what it reads, and lets them wait.
        """
        self._count += 1
        earlier = self._open.get(retry)
        order = earlier.order if earlier else self._ended.get(retry, self._count)
        now = self._clock.now()
        self._expire(now)
        heard = asyncio.get_running_loop().time()
        transaction = Transaction(secrets.token_bytes(16), database, order, read_time, patient, now, now, heard)
        self._open[transaction.id] = transaction
        return transaction

    def get(self, transaction_id: bytes, database: Database) -> Transaction:
        """An open transaction of that database.

        Raises:
            RpcError: INVALID_ARGUMENT, there is none.
        """
        now = self._clock.now()
        transaction = self._open.get(transaction_id)
        if transaction is not None and _is_over(transaction, now):
            self.end(transaction)
            transaction = None
        if transaction is None or transaction.database is not database:
            raise invalid("The referenced transaction has expired or is no longer valid.")
        transaction.used, transaction.heard = now, asyncio.get_running_loop().time()
        return transaction

    def end(self, transaction: Transaction) -> None:
        """Let go of what it holds."""
        if self._open.pop(transaction.id, None) is None:
            return
        self._ended[transaction.id] = transaction.order
        if len(self._ended) > _REMEMBERED:
            self._ended.popitem(last=False)
        for key in transaction.holds:
            if self._holders.get(key) is transaction:
                del self._holders[key]
                self._hand_over(key)
        transaction.holds.clear()

    def roll_back(self, transaction_id: bytes, database: Database) -> None:
        """End a transaction without effect; one that has ended already is accepted.

        Raises:
            RpcError: INVALID_ARGUMENT, there never was one.
        """
        if transaction_id not in self._ended:
            self.end(self.get(transaction_id, database))

    def holder(self, database: str, key: str) -> Transaction | None:
        """The transaction that holds `key` of a database."""
        return self._holders.get(f"{database}/{key}")

    async def hold(self, transaction: Transaction, key: str) -> None:
        """Take `key`, after those that hold it, while they are alive; never fails."""
        if transaction.read_only or not transaction.patient:
            return
        key = f"{transaction.database.name}/{key}"
        loop = asyncio.get_running_loop()
        while (holder := self._holders.get(key)) is not None and holder is not transaction:
            left = holder.heard + PATIENCE - loop.time()
            if (holder.waits_for is None and left <= 0) or self._waits_for(holder, transaction):
                break
            await self._wait(transaction, key, max(left, _SHORTEST_WAIT))
        if transaction.id in self._open:
            self._give(key, transaction)

    def _give(self, key: str, transaction: Transaction) -> None:
        self._holders[key] = transaction
        transaction.holds.add(key)
        transaction.heard = asyncio.get_running_loop().time()

    async def _wait(self, transaction: Transaction, key: str, seconds: float) -> None:
        waiter = _Waiter(transaction, asyncio.get_running_loop().create_future())
        self._waiting.setdefault(key, []).append(waiter)
        transaction.waits_for = key
        try:
            await asyncio.wait([waiter.ready], timeout=seconds)
        finally:
            transaction.waits_for = None
            queue = self._waiting.get(key, [])
            if waiter in queue:
                queue.remove(waiter)
            if not queue:
                self._waiting.pop(key, None)

    def _hand_over(self, key: str) -> None:
        """Let the first in line have `key`: who began first, not who asked first."""
        queue = self._waiting.get(key, [])
        if waiters := [waiter for waiter in queue if waiter.transaction.id in self._open]:
            first = min(waiters, key=lambda waiter: waiter.transaction.order)
            queue.remove(first)
            self._give(key, first.transaction)
            first.ready.set_result(None)

    def _waits_for(self, one: Transaction | None, other: Transaction) -> bool:
        """Whether `one` waits for `other`, directly or not."""
        passed: set[int] = set()  # a ring that `other` is not part of would be followed for ever
        while one is not None and one.waits_for is not None and id(one) not in passed:
            passed.add(id(one))
            one = self._holders.get(one.waits_for)
            if one is other:
                return True
        return False

    def _expire(self, now: int) -> None:
        while self._open and _is_over(oldest := next(iter(self._open.values())), now):
            self.end(oldest)


def _is_over(transaction: Transaction, now: int) -> bool:
    return now - transaction.used >= IDLE or now - transaction.started >= LONGEST
