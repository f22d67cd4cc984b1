"""Histories of several threads: in the order of their commit times they are one single story."""

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from google.api_core.exceptions import Aborted
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from tests.contract.local.firestore.model import Model, Write
from tests.contract.local.firestore.model_queries import Condition, Question, found
from tests.contract.local.firestore.model_values import exact

PATHS = [f"accounts/{each}" for each in "abcd"]
THREADS, TRANSACTIONS = 6, 40
RICH = Question("accounts", every=(Condition("n", ">=", 3),))


@dataclass
class Committed:
    """What one transaction read, and what it wrote, all at `time`."""

    time: datetime
    read: dict[str, Any] = field(default_factory=dict)  # path → fields, None where there was no document
    rich: list[str] | None = None  # what the query RICH found
    writes: list[Write] = field(default_factory=list)
    only_read: bool = False


def test_transactions_are_serializable_in_commit_time_order(client: Any) -> None:
    """Replayed one by one by commit time, every read sees just what the model has, and so does the end."""

    def work(number: int) -> list[Committed]:
        dice = random.Random(number)  # noqa: S311 - seeded: the same work in every run
        return [done for turn in range(TRANSACTIONS) if (done := _one(client, dice, f"{number}-{turn}"))]

    with ThreadPoolExecutor(THREADS) as threads:
        history = [done for each in threads.map(work, range(THREADS)) for done in each]
    assert len(history) > THREADS * TRANSACTIONS * 0.9
    written = [done.time for done in history if not done.only_read]
    assert len(written) == len(set(written))

    model = Model()
    for done in sorted(history, key=lambda done: (done.time, done.only_read)):
        assert exact(done.read) == exact({path: model.fields(path) for path in done.read})
        assert done.rich in (None, found(model.documents, RICH))
        model.commit(done.writes)
    for path in PATHS:
        assert exact(client.document(path).get().to_dict()) == exact(model.fields(path))


def _one(client: Any, dice: random.Random, mark: str) -> Committed | None:
    """One random piece of work; None where the client gave up."""
    kind = dice.choice(["transaction", "transaction", "transaction", "read only", "plain"])
    if kind == "plain":
        return _plain(client, dice, mark)
    transaction = client.transaction(read_only=kind == "read only", max_attempts=20)
    done = Committed(datetime.min)  # noqa: DTZ901 - replaced by the commit's
    read, changed = dice.sample(PATHS, 2), dice.sample(PATHS, dice.randint(1, 2))
    asks, amount, deletes = dice.random() < 0.4, dice.randint(0, 5), dice.random() < 0.15

    def body(transaction: Any) -> Any:
        done.writes, done.rich = [], None
        snapshots = [client.document(path).get(transaction=transaction) for path in read]
        done.read = {snapshot.reference.path: snapshot.to_dict() for snapshot in snapshots}
        if asks:
            rich = client.collection("accounts").where(filter=FieldFilter("n", ">=", 3)).get(transaction=transaction)
            done.rich = [snapshot.reference.path for snapshot in rich]
        if kind == "read only":
            return snapshots[0].read_time
        for path in changed:
            write = Write("delete", path) if deletes else Write("set", path, {"n": amount, "by": mark})
            done.writes.append(write)
            _add(transaction, client.document(path), write)
        return None

    try:
        read_time = firestore.transactional(body)(transaction)
    except (Aborted, ValueError):
        return None
    done.only_read = kind == "read only"
    done.time = read_time if done.only_read else transaction.commit_time
    return done


def _plain(client: Any, dice: random.Random, mark: str) -> Committed:
    writes = [Write("merge", path, {"n": dice.randint(0, 5), "by": mark}) for path in dice.sample(PATHS, 2)]
    batch = client.batch()
    for write in writes:
        _add(batch, client.document(write.path), write)
    batch.commit()
    return Committed(batch.commit_time, writes=writes)


def _add(to: Any, document: Any, write: Write) -> None:
    if write.kind == "delete":
        to.delete(document)
    else:
        to.set(document, write.data, merge=write.kind == "merge")
