"""Reads among writes: every answer is of one moment, however many documents it has."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import Queue
from threading import Event
from typing import Any

import pytest
from google.cloud import firestore

from tests.contract.local.firestore.clients import finished, store

ACCOUNTS, EACH, TRANSFERS = 200, 10, 60


@pytest.fixture
def accounts(client: Any) -> Any:
    """Accounts with the same amount each; transfers leave their sum as it is."""
    finished(store(client, {f"accounts/{n:03}": {"n": EACH, "pad": "x" * 200} for n in range(ACCOUNTS)}))
    return client.collection("accounts")


def _transfers(client: Any, done: Event) -> None:
    for number in range(TRANSFERS):
        batch = client.batch()
        first, last = number % ACCOUNTS, (number * 7 + ACCOUNTS // 2) % ACCOUNTS
        if first != last:
            batch.update(client.document(f"accounts/{first:03}"), {"n": firestore.Increment(-1)})
            batch.update(client.document(f"accounts/{last:03}"), {"n": firestore.Increment(1)})
        batch.commit()
    done.set()


def _by_query(accounts: Any) -> int:
    return sum(snapshot.get("n") for snapshot in accounts.stream())


def _by_order(accounts: Any) -> int:
    return sum(snapshot.get("n") for snapshot in accounts.order_by("n").stream())


def _by_names(accounts: Any) -> int:
    named = [accounts.document(f"{n:03}") for n in range(ACCOUNTS)]
    return sum(snapshot.get("n") for snapshot in accounts._client.get_all(named))  # noqa: SLF001 - the fixture's client


def _by_sum(accounts: Any) -> int:
    [[total]] = accounts.sum("n").get()
    value: int = total.value
    return value


@pytest.mark.parametrize("read", [_by_query, _by_order, _by_names, _by_sum], ids=["query", "order", "names", "sum"])
def test_a_read_sees_whole_commits(client: Any, accounts: Any, read: Callable[[Any], int]) -> None:
    """The sum over all accounts is the same at every moment, so in every answer."""
    done = Event()
    with ThreadPoolExecutor(1) as thread:
        writing = thread.submit(_transfers, client, done)
        sums = {read(accounts)}
        while not done.is_set():
            sums.add(read(accounts))
        writing.result()
    assert sums == {ACCOUNTS * EACH}


def test_a_listener_sees_whole_commits(client: Any, accounts: Any) -> None:
    """So is it in every snapshot that a listener gets."""
    sums: Queue[int] = Queue()
    watch = accounts.on_snapshot(lambda documents, *_: sums.put(sum(each.get("n") for each in documents)))
    assert sums.get(timeout=60) == ACCOUNTS * EACH
    _transfers(client, Event())
    accounts.document("999").set({"n": 1})
    seen: list[int] = []
    while not seen or seen[-1] != ACCOUNTS * EACH + 1:
        seen.append(sums.get(timeout=60))
    watch.unsubscribe()
    assert set(seen) <= {ACCOUNTS * EACH, ACCOUNTS * EACH + 1}
