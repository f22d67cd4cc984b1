"""How fast and how large the local cloud is: what everything else here is measured on.

Clients are Google's own, over the wire, in this process; the cloud is another process. Beside each rate stands the
server's own processor time a call, which says more than the rate on a machine that others use too. Eight threads of one
Python process share its lock, so the client, not the cloud, bounds what they can ask for.
"""

import os
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple
from uuid import uuid4

from google.auth.credentials import AnonymousCredentials
from google.cloud import pubsub_v1, storage

from tests.bench.local_firestore import DOCUMENTS, client, creates, fill, from_threads, processor, resident
from tests.bench.rows import Row
from tests.processes import RunningCloud, local_cloud

STARTS, QUICK_STARTS = 5, 3
ROUNDS, QUICK_ROUNDS = 3, 2  # of creates, of which the best counts: what else the machine does is not the question
CREATES = 2_000  # of one round
PUBLISHES = 1_000
PUTS = 400
PUT_BYTES = 100_000


class Rate(NamedTuple):
    """What a round gave."""

    per_second: float
    micros: float  # of the server's processor time, a call


def run(*, quick: bool) -> list[Row]:
    """Start, rates, memory."""
    os.environ["DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA"] = "true"
    rows = [Row("start to ready", "s", [_start() for _ in range(QUICK_STARTS if quick else STARTS)])]
    with local_cloud() as cloud:
        rows += _firestore(cloud, QUICK_ROUNDS if quick else ROUNDS)
        rows += _rate_rows("publishes, one after the other", [_publishes(cloud)])
        rows += _rate_rows(f"storage puts of {PUT_BYTES // 1000} kB, one after the other", [_puts(cloud)])
    return [*rows, _memory()]


def _start() -> float:
    start = time.perf_counter()
    with local_cloud():
        return time.perf_counter() - start


def _firestore(cloud: RunningCloud, rounds: int) -> Iterator[Row]:
    os.environ["FIRESTORE_EMULATOR_HOST"] = cloud.host("firestore")
    creates(300)
    for what, work in (("one thread", lambda: creates(CREATES)), ("eight threads", lambda: from_threads(CREATES, 8))):
        yield from _rate_rows(f"document creates, {what}", [_rate(cloud, CREATES, work) for _ in range(rounds)])


def _rate(cloud: RunningCloud, number: int, work: Callable[[], object]) -> Rate:
    before, start = processor(cloud.process.pid), time.perf_counter()
    work()
    seconds, used = time.perf_counter() - start, processor(cloud.process.pid) - before
    return Rate(number / seconds, used / number * 1e6)


def _rate_rows(what: str, rounds: list[Rate]) -> list[Row]:
    best = max(each.per_second for each in rounds)
    return [
        Row(what, "/s", [best]),
        Row(f"{what}: the server's CPU", "µs", [each.micros for each in rounds]),
    ]


def _publishes(cloud: RunningCloud) -> Rate:
    os.environ["PUBSUB_EMULATOR_HOST"] = cloud.host("pubsub")
    publisher = pubsub_v1.PublisherClient(pubsub_v1.types.BatchSettings(max_messages=1))
    topic = publisher.create_topic(name="projects/bench/topics/jobs").name

    def publish() -> None:
        for _ in range(PUBLISHES):
            publisher.publish(topic, b"x" * 500).result()

    return _rate(cloud, PUBLISHES, publish)


def _puts(cloud: RunningCloud) -> Rate:
    host = {"api_endpoint": cloud.host("storage")}
    bucket = storage.Client("bench", AnonymousCredentials(), client_options=host).create_bucket("bench-bucket")
    data = os.urandom(PUT_BYTES)

    def put() -> None:
        for _ in range(PUTS):
            bucket.blob(uuid4().hex).upload_from_string(data, "image/png")

    return _rate(cloud, PUTS, put)


def _memory() -> Row:
    """Of a cloud that has nothing but documents."""
    with local_cloud() as cloud:
        os.environ["FIRESTORE_EMULATOR_HOST"] = cloud.host("firestore")
        fill(client(), DOCUMENTS)
        return Row(f"resident at {DOCUMENTS:,} documents of 1 kB", "MB", [resident(cloud.process.pid)])
