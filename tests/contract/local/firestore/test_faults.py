"""Faults of Firestore, as the control port sets them, and what Google's clients make of them."""

from typing import Any

import pytest
from google.api_core.exceptions import (
    Aborted,
    AlreadyExists,
    DeadlineExceeded,
    PermissionDenied,
    ServiceUnavailable,
)
from google.cloud import firestore

from tests.contract.local.firestore.clients import fields, got, store
from tests.processes import RunningCloud


async def test_an_error_before_the_effect(db: Any, cloud: RunningCloud) -> None:
    """The call is refused with the code and the text given, and nothing is written."""
    with (
        cloud.control.fault("firestore", "Commit", code="PERMISSION_DENIED", message="not today"),
        pytest.raises(PermissionDenied, match="not today"),
    ):
        await got(db.document("things/a").create({"n": 1}))
    assert await fields(db.document("things/a")) is None


async def test_an_unavailable_call_is_retried(db: Any, cloud: RunningCloud) -> None:
    """Google's clients make the same call again, and it is done once."""
    with cloud.control.fault("firestore", "Commit", code="UNAVAILABLE", count=1) as fault:
        await got(db.document("things/a").create({"n": firestore.Increment(1)}))
        assert cloud.control.hits(fault) == 1
    assert await fields(db.document("things/a")) == {"n": 1}


async def test_a_lost_response_is_an_effect(db: Any, cloud: RunningCloud) -> None:
    """The create was done and its answer lost: the client's own retry is told ALREADY_EXISTS."""
    with cloud.control.fault("firestore", "Commit", effect="lose_response", count=1), pytest.raises(AlreadyExists):
        await got(db.document("things/a").create({"n": 1}))
    assert await fields(db.document("things/a")) == {"n": 1}


async def test_a_lost_response_without_a_retry(db: Any, cloud: RunningCloud) -> None:
    """With no retry, the client cannot tell whether the write was done; it was."""
    with (
        cloud.control.fault("firestore", "Commit", effect="lose_response", count=1),
        pytest.raises(ServiceUnavailable),
    ):
        await got(db.document("things/a").set({"n": 1}, retry=None))
    assert await fields(db.document("things/a")) == {"n": 1}


async def test_a_lost_commit_of_a_transaction(db: Any, cloud: RunningCloud) -> None:
    """A transaction whose answer was lost has been applied once; its retry is refused, not applied again."""
    await store(db, {"things/a": {"n": 1}})
    transaction = db.transaction()
    await got(transaction._begin())  # noqa: SLF001 - the clients begin only inside their decorators
    n = (await got(db.document("things/a").get(transaction=transaction))).get("n")
    transaction.update(db.document("things/a"), {"n": n + 1})
    with (
        cloud.control.fault("firestore", "Commit", effect="lose_response", count=1),
        pytest.raises(Exception, match=r"(?i)transaction"),
    ):
        await got(transaction._commit())  # noqa: SLF001 - likewise
    assert await fields(db.document("things/a")) == {"n": 2}


async def test_a_slow_call_meets_its_deadline(db: Any, cloud: RunningCloud) -> None:
    """Latency is added before the call; a client in a hurry gives up."""
    await store(db, {"things/a": {"n": 1}})
    with (
        cloud.control.fault("firestore", "BatchGetDocuments", effect="delay", latency_ms=2_000),
        pytest.raises(DeadlineExceeded),
    ):
        await got(db.document("things/a").get(retry=None, timeout=0.2))
    assert await fields(db.document("things/a")) == {"n": 1}


async def test_a_query_that_fails_is_run_again(db: Any, cloud: RunningCloud) -> None:
    """Queries and aggregations are retried as single reads are."""
    await store(db, {f"things/{n}": {"n": n} for n in range(3)})
    with cloud.control.fault("firestore", "*", code="UNAVAILABLE", count=1) as fault:
        [[count]] = await got(db.collection("things").count().get())
        assert count.value == 3
        assert cloud.control.hits(fault) == 1


async def test_only_every_other_call_fails(db: Any, cloud: RunningCloud) -> None:
    """A seeded probability decides call by call, the same way in every run."""

    async def outcomes() -> str:
        told = ""
        with cloud.control.fault("firestore", "Commit", code="ABORTED", probability=0.5, seed=7):
            for _ in range(12):
                try:
                    await got(db.document("things/a").set({"n": 1}))
                except Aborted:
                    told += "x"
                else:
                    told += "."
        return told

    first = await outcomes()
    assert set(first) == {"x", "."}
    assert await outcomes() == first


async def test_calls_are_counted(db: Any, cloud: RunningCloud) -> None:
    """The control port says how often each RPC was called."""
    cloud.control.reset_counts()
    await got(db.document("things/a").create({"n": 1}))
    await got(db.document("things/a").get())
    await got(db.collection("things").get())
    assert cloud.control.counts() == {
        "firestore.BatchGetDocuments": 1,
        "firestore.Commit": 1,
        "firestore.RunQuery": 1,
    }
