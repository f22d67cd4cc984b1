"""More of the local Firestore than `make bench` tells: `python -m tests.bench.local_firestore [documents]`.

Pages, counts and updates of a large collection, of which a page costs about the page; two client processes; the same
with its data on the disk. Its bounds are in bounds.py.
"""

import multiprocessing
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from google.auth.credentials import AnonymousCredentials
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter

from tests.bench import usage
from tests.processes import local_cloud

DOCUMENTS = 50_000
CREATES = 2_000  # of each measurement
FILLING = 400  # documents of one commit while the database is filled
PAGE = 50
START = datetime(2026, 1, 1, tzinfo=UTC)


def client(project: str = "bench") -> firestore.Client:
    """A client of the server that the environment names."""
    return firestore.Client(project=project, credentials=AnonymousCredentials())


def document(number: int) -> dict[str, object]:
    """About 1 kB, shaped like a job."""
    return {
        "status": ("queued", "running", "done")[number % 3],
        "tenant": f"tenant-{number % 20}",
        "created": START + timedelta(seconds=number),
        "wake_at": START + timedelta(seconds=number * 7919 % 1_000_000),
        "attempt": number % 4,
        "request": {"prompt": "a lighthouse in the fog, oil on canvas " * 12, "seed": number, "size": "1024x1024"},
        "artifacts": [f"gs://bucket/renders/{number:08x}/{i}.png" for i in range(3)],
    }


def creates(number: int, project: str = "bench") -> None:
    """Create documents one by one."""
    collection = client(project).collection(f"creates-{uuid4().hex}")
    for i in range(number):
        collection.document(uuid4().hex).create(document(i))


def rate(number: int, work: Callable[[], object]) -> float:
    """How many a second."""
    start = time.perf_counter()
    work()
    return number / (time.perf_counter() - start)


def from_threads(number: int, threads: int) -> None:
    """Create documents from threads that share one client's process."""
    started = [threading.Thread(target=creates, args=(number // threads,)) for _ in range(threads)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()


def fill(database: firestore.Client, number: int) -> None:
    """Fill a collection, several hundred documents a commit."""
    for start in range(0, number, FILLING):
        batch = database.batch()
        for i in range(start, min(start + FILLING, number)):
            batch.create(database.collection("jobs").document(f"{i:07}"), document(i))
        batch.commit()


def milliseconds(work: Callable[[], object], times: int = 20) -> float:
    """The median time of a call, the first aside (it may build an index)."""
    work()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return sorted(taken)[times // 2] * 1000


def show(what: str, value: float, unit: str) -> None:
    """One line of the table."""
    print(f"{what:<62} {value:>10,.1f} {unit}", flush=True)


def measure(documents: int, *options: str) -> None:
    """Measure one server."""
    start = time.perf_counter()
    with local_cloud("--services", "firestore", *options) as cloud:
        show("start to ready", time.perf_counter() - start, "s")
        os.environ["FIRESTORE_EMULATOR_HOST"] = cloud.host("firestore")
        show("resident, empty", usage.memory([cloud.process.pid]).rss, "MB")
        creates(200)
        before = usage.cpu([cloud.process.pid])
        show("creates, 1 thread", rate(CREATES, lambda: creates(CREATES)), "/s")
        show("processor time of a create", (usage.cpu([cloud.process.pid]) - before) / CREATES * 1e6, "µs")
        show("creates, 8 threads of one process", rate(CREATES, lambda: from_threads(CREATES, 8)), "/s")
        with multiprocessing.get_context("spawn").Pool(2) as pool:
            pool.map(creates, [50, 50])
            halves = [CREATES, CREATES]
            show("creates, 2 processes", rate(sum(halves), lambda: pool.map(creates, halves)), "/s")
        database = client()
        show(f"filling {documents:,}", rate(documents, lambda: fill(database, documents)), "/s")
        show(f"resident, {documents:,} documents of 1 kB", usage.memory([cloud.process.pid]).rss, "MB")
        jobs = database.collection("jobs")
        due = jobs.where(filter=FieldFilter("wake_at", "<=", START + timedelta(days=5))).order_by("wake_at").limit(PAGE)
        newest = (
            jobs.where(filter=FieldFilter("tenant", "==", "tenant-7"))
            .order_by("created", direction=firestore.Query.DESCENDING)
            .limit(PAGE)
        )
        show("page of 50 by due time", milliseconds(due.get), "ms")
        show("page of 50 of one tenant, newest first", milliseconds(newest.get), "ms")
        show(
            "count of one status",
            milliseconds(jobs.where(filter=FieldFilter("status", "==", "done")).count().get),
            "ms",
        )
        show("get", milliseconds(jobs.document("0000001").get, 200), "ms")
        show(
            "update of a document in two indexes",
            milliseconds(lambda: jobs.document("0000001").update({"created": datetime.now(UTC)}), 200),
            "ms",
        )
        show("resident, indexes included", usage.memory([cloud.process.pid]).rss, "MB")


def main() -> None:
    """Measure in memory, then on the disk."""
    documents = int(sys.argv[1]) if len(sys.argv) > 1 else DOCUMENTS
    print("in memory")
    measure(documents)
    print("\non disk")
    with tempfile.TemporaryDirectory() as folder:
        measure(documents, "--data", folder)
        start = time.perf_counter()
        with local_cloud("--services", "firestore", "--data", folder):
            show(f"start to ready with {documents:,} documents", time.perf_counter() - start, "s")


if __name__ == "__main__":
    main()
