"""What time does by itself: documents that expire, versions that grow too old, transactions that end.

These tests move the clock, so they have a local cloud of their own.
"""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.api_core.exceptions import FailedPrecondition, InvalidArgument
from google.cloud import firestore

from tests.contract.local.firestore.clients import begin, close_now, database, finished, generated
from tests.processes import RunningCloud, local_cloud

DEFINITIONS = {"fieldOverrides": [{"collectionGroup": "jobs", "fieldPath": "purge_at", "ttl": True, "indexes": []}]}
PATIENCE = 60  # seconds of real time that an effect may take to show
DAY = 24 * 3600


@pytest.fixture(scope="module")
def timed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    """A local cloud with a TTL policy, whose clock may be moved."""
    file: Path = tmp_path_factory.mktemp("ttl") / "firestore.indexes.json"
    file.write_text(json.dumps(DEFINITIONS))
    with local_cloud("--services", "firestore", "--indexes", str(file)) as running:
        yield running


@pytest.fixture
def timed_client(timed: RunningCloud, monkeypatch: pytest.MonkeyPatch, project: str) -> Iterator[Any]:
    """A client of that cloud."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", timed.host("firestore"))
    client = firestore.Client(project)
    yield client
    close_now(client)


def _now(cloud: RunningCloud) -> datetime:
    micros = httpx.get(f"{cloud.environment['LOCAL_CLOUD_CONTROL']}/clock").json()["micros"]
    return datetime.fromtimestamp(micros / 1_000_000, UTC)


def _until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, at most `PATIENCE` seconds."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not come about"


def test_expired_documents_are_deleted(timed: RunningCloud, timed_client: Any) -> None:
    """A document of the policy's collection group goes once the time in its field is past, wherever it is."""
    soon, late = _now(timed) + timedelta(hours=1), _now(timed) + timedelta(days=30)
    for path in ("jobs/soon", "jobs/late/jobs/soon"):
        timed_client.document(path).set({"purge_at": soon})
    timed_client.document("jobs/late").set({"purge_at": late})
    timed_client.document("jobs/never").set({"x": 1})
    timed_client.document("jobs/text").set({"purge_at": soon.isoformat()})
    timed_client.document("others/soon").set({"purge_at": soon})
    assert len(timed_client.collection_group("jobs").get()) == 5
    timed.control.advance(3 * DAY)
    _until(lambda: len(timed_client.collection_group("jobs").get()) == 3)
    assert [each.id for each in timed_client.collection("jobs").get()] == ["late", "never", "text"]
    assert timed_client.document("others/soon").get().exists


def test_a_document_whose_time_was_moved_on_stays(timed: RunningCloud, timed_client: Any) -> None:
    """The time in the field now is what counts, not the one it once had."""
    for each in ("kept", "gone"):
        timed_client.document(f"jobs/{each}").set({"purge_at": _now(timed) + timedelta(hours=1)})
    timed_client.document("jobs/kept").update({"purge_at": _now(timed) + timedelta(days=300)})
    timed.control.advance(3 * DAY)
    _until(lambda: not timed_client.document("jobs/gone").get().exists)
    assert timed_client.document("jobs/kept").get().exists


def test_old_versions_are_kept_an_hour(timed: RunningCloud, timed_client: Any) -> None:
    """Within the hour they are read; after it, FAILED_PRECONDITION."""
    document = timed_client.document("things/a")
    first = document.set({"n": 1}).update_time
    document.set({"n": 2})
    timed.control.advance(3000)
    assert document.get(read_time=first).to_dict() == {"n": 1}
    timed.control.advance(1000)
    with pytest.raises(FailedPrecondition, match="too old"):
        document.get(read_time=first)
    assert document.get().to_dict() == {"n": 2}


def test_a_silent_transaction_ends(timed: RunningCloud, timed_client: Any) -> None:
    """A transaction that is left open for minutes has expired: its commit is INVALID_ARGUMENT."""
    transaction = finished(begin(timed_client))
    timed_client.document("things/a").get(transaction=transaction)
    timed.control.advance(600)
    with pytest.raises(InvalidArgument, match=r"(?i)expired|no longer valid"):
        generated(timed_client).commit(request={"database": database(timed_client), "transaction": transaction.id})


def test_time_moves_on_with_the_clock(timed: RunningCloud, timed_client: Any) -> None:
    """Update times and server timestamps are those of the moved clock."""
    document = timed_client.document("things/a")
    before = document.set({"at": firestore.SERVER_TIMESTAMP}).update_time
    timed.control.advance(DAY)
    after = document.set({"at": firestore.SERVER_TIMESTAMP}).update_time
    assert after - before > timedelta(days=1)
    assert abs(document.get().get("at") - after) < timedelta(seconds=1)
