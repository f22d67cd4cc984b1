"""What was acknowledged is there after `kill -9`; what was not is there as a whole or not at all.

`CHAOS=full` makes it long: 10 kills, each after 1,000 acknowledged writes.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from threading import Event
from typing import Any

import pytest
from google.api_core.exceptions import FailedPrecondition, GoogleAPICallError
from google.cloud import firestore

from tests.contract.local.firestore.clients import close_now
from tests.processes import RunningCloud, local_cloud

KILLS, WRITES = (10, 1_000) if os.environ.get("CHAOS") == "full" else (2, 200)
WRITERS = 4
PATIENCE = 200  # seconds for a round of writes


@dataclass
class Writer:
    """One thread's documents: a growing set, a counter, and a pair that is only ever written together."""

    number: int
    created: list[str] = field(default_factory=list)  # acknowledged
    counted: int = 0  # acknowledged
    trying: int = 0  # the counter's value on its way when the cloud was killed
    acknowledged: int = 0

    def work(self, client: Any, progress: Callable[[], None]) -> None:
        """Write without pause until the cloud is gone."""
        options: dict[str, Any] = {"retry": None, "timeout": 10}
        counter, collection = client.document(f"counters/{self.number}"), client.collection("created")
        try:
            while True:
                path = f"{self.number}-{len(self.created)}-{self.acknowledged}"
                collection.document(path).create({"by": self.number}, **options)
                self.created.append(path)
                self.trying = self.counted + 1
                counter.set({"n": self.trying}, **options)
                self.counted = self.trying
                batch = client.batch()
                for half in ("left", "right"):
                    batch.set(client.document(f"pairs/{self.number}-{half}"), {"n": self.trying, "pad": "x" * 500})
                batch.commit(**options)
                self.acknowledged += 3
                progress()
        except GoogleAPICallError:
            return

    def check(self, client: Any) -> None:
        """Everything acknowledged is there, and the pair agrees."""
        there = client.document(f"counters/{self.number}").get().to_dict() or {"n": 0}
        assert there["n"] in (self.counted, self.trying)
        self.counted = there["n"]
        left, right = (client.document(f"pairs/{self.number}-{half}").get().to_dict() for half in ("left", "right"))
        assert left == right


def _check(client: Any, writers: list[Writer]) -> None:
    present = {snapshot.id for snapshot in client.collection("created").select([]).stream()}
    missing = {path for writer in writers for path in writer.created} - present
    assert missing == set()
    for writer in writers:
        writer.check(client)


def _connected(cloud: RunningCloud, monkeypatch: pytest.MonkeyPatch, project: str) -> Any:
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", cloud.host("firestore"))
    return firestore.Client(project)


@pytest.mark.timeout(600)
def test_no_acknowledged_write_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, project: str) -> None:
    """Killed in the midst of writes, again and again, on the same folder."""
    writers = [Writer(number) for number in range(WRITERS)]
    for kill in range(1, KILLS + 1):
        enough = Event()

        def progress(enough: Event = enough, goal: int = kill * WRITES) -> None:
            if sum(writer.acknowledged for writer in writers) >= goal:
                enough.set()

        with local_cloud("--services", "firestore", "--data", str(tmp_path)) as cloud:
            client = _connected(cloud, monkeypatch, project)
            _check(client, writers)
            with ThreadPoolExecutor(WRITERS) as threads:
                for writer in writers:
                    threads.submit(writer.work, client, progress)
                assert enough.wait(PATIENCE)
                cloud.process.kill()
            close_now(client)
    with local_cloud("--services", "firestore", "--data", str(tmp_path)) as cloud:
        client = _connected(cloud, monkeypatch, project)
        _check(client, writers)
        close_now(client)


def test_a_listener_outlives_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, project: str) -> None:
    """Google's client opens its stream again, with its token, and hears what was written since."""
    seen: Queue[list[Any]] = Queue()
    with local_cloud("--services", "firestore", "--data", str(tmp_path)) as cloud:
        client = _connected(cloud, monkeypatch, project)
        client.document("things/a").set({"n": 1})
        client.document("things/kept").set({})
        watch = client.collection("things").on_snapshot(
            lambda documents, *_: seen.put([d.to_dict() for d in documents])
        )
        assert seen.get(timeout=PATIENCE) == [{"n": 1}, {}]
        port = cloud.host("firestore").rpartition(":")[2]
        cloud.process.kill()
    with local_cloud("--services", "firestore", "--data", str(tmp_path), "--firestore-port", port):
        client.document("things/a").set({"n": 2})
        assert seen.get(timeout=PATIENCE) == [{"n": 2}, {}]
        watch.unsubscribe()
        close_now(client)


def test_a_restart_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, project: str) -> None:
    """Documents, times, databases and missing parents are as before; time goes on from there."""
    with local_cloud("--services", "firestore", "--data", str(tmp_path)) as cloud:
        client = _connected(cloud, monkeypatch, project)
        other = firestore.Client(project, database="other")
        old = client.document("things/a").set({"n": 1}).update_time
        client.document("things/a").set({"n": 2, "blob": bytes(range(256)), "ref": client.document("x/y")})
        client.document("things/b/parts/p").set({})
        client.document("things/gone").set({})
        client.document("things/gone").delete()
        other.document("things/a").set({"in": "other"})
        before = client.document("things/a").get()
        cloud.process.kill()
        close_now(client)
        close_now(other)
    with local_cloud("--services", "firestore", "--data", str(tmp_path)) as cloud:
        client = _connected(cloud, monkeypatch, project)
        other = firestore.Client(project, database="other")
        after = client.document("things/a").get()
        assert after.to_dict()["blob"] == before.to_dict()["blob"]
        assert after.to_dict()["ref"].path == "x/y"
        assert (after.create_time, after.update_time) == (before.create_time, before.update_time)
        assert [each.id for each in client.collection("things").list_documents()] == ["a", "b"]
        assert other.document("things/a").get().to_dict() == {"in": "other"}
        with pytest.raises(FailedPrecondition):
            client.document("things/a").update({"n": 3}, option=client.write_option(last_update_time=old))
        seen = client.write_option(last_update_time=after.update_time)
        assert client.document("things/a").update({"n": 3}, option=seen).update_time > after.update_time
        close_now(client)
        close_now(other)
