"""How fast and how large the local cloud is: what everything else here is measured on.

Clients are Google's own, over the wire, in this process; the cloud is another process. A rate is what the machine had
left for both: on one that others use too it says little, so its bound is judged only where a round was quiet
(tests/bench/quiet.py), of which the best counts; nor is it where Google's client alone takes the time that the bound
gives to both. What the bound comes to in processor time of the server is judged always; of the rounds the least counts,
since neighbours only ever add to it. Of 800 creates a second, one after the other, each has 1,250 µs, half of them the
client's. Eight threads of one Python process share its lock, so that client and server each work on a processor of
their own: of 1,500 a second, each has 667 µs.
"""

import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple
from uuid import uuid4

from google.auth.credentials import AnonymousCredentials
from google.cloud import pubsub_v1, storage

from tests.bench import usage
from tests.bench.local_firestore import DOCUMENTS, client, creates, fill, from_threads
from tests.bench.quiet import neighbours
from tests.bench.rows import Row
from tests.processes import RunningCloud, local_cloud

STARTS, QUICK_STARTS = 5, 3
ROUNDS, QUICK_ROUNDS = 4, 2  # of creates
CREATES = 2_000  # of one round
ONE_THREAD, EIGHT_THREADS = 625, 667  # µs of the client's that leave the server the time of its bound
PUBLISHES = 1_000
PUTS = 400
PUT_BYTES = 100_000


class Start(NamedTuple):
    """What a start took."""

    seconds: float
    cpu: float  # seconds
    disturbed: bool  # by what else the machine did


class Rate(NamedTuple):
    """What a round gave."""

    per_second: float
    server: float  # µs of processor time, a call
    client: float  # likewise
    disturbed: bool


def run(*, quick: bool) -> list[Row]:
    """Start, rates, memory."""
    os.environ["DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA"] = "true"
    rows = start_rows([_start() for _ in range(QUICK_STARTS if quick else STARTS)])
    with local_cloud() as cloud:
        rows += _firestore(cloud, QUICK_ROUNDS if quick else ROUNDS)
        rows += rate_rows("publishes, one after the other", [_publishes(cloud)])
        rows += rate_rows(f"storage puts of {PUT_BYTES // 1000} kB, one after the other", [_puts(cloud)])
    return [*rows, _memory()]


def start_rows(starts: Sequence[Start]) -> list[Row]:
    """The quickest of the quiet starts; the least processor time of all."""
    counted = [each for each in starts if not each.disturbed] or starts
    return [
        Row("start to ready", "s", [min(each.seconds for each in counted)], unjudged=_unjudged(counted)),
        Row("start to ready: CPU", "s", [min(each.cpu for each in starts)]),
    ]


def rate_rows(what: str, rounds: Sequence[Rate], clients: float = math.inf) -> list[Row]:
    """The best of the quiet rounds; the least processor time of all. `clients`: µs that the client may take itself."""
    counted = [each for each in rounds if not each.disturbed] or rounds
    least = min(each.client for each in rounds)
    slow = f"Google's client took {least:,.0f} µs a call by itself: the bound gives it {clients:,.0f}"
    unjudged = _unjudged(counted) or (slow if least > clients else "")
    return [
        Row(what, "/s", [max(each.per_second for each in counted)], unjudged=unjudged),
        Row(
            f"{what}: the server's CPU",
            "µs",
            [min(each.server for each in rounds)],
            note=f"the client's is {least:,.0f} µs",
        ),
    ]


def _unjudged(counted: Sequence[Start] | Sequence[Rate]) -> str:
    return "no round was quiet: others took a tenth of the processors or more" if counted[0].disturbed else ""


def _start() -> Start:
    spent = [0.0]  # by the cloud
    with neighbours(lambda: spent[0] + time.process_time()) as beside:
        began = time.perf_counter()
        with local_cloud() as cloud:
            seconds = time.perf_counter() - began
            spent[0] = usage.cpu([cloud.process.pid])
    return Start(seconds, spent[0], beside.disturb)


def _firestore(cloud: RunningCloud, rounds: int) -> Iterator[Row]:
    os.environ["FIRESTORE_EMULATOR_HOST"] = cloud.host("firestore")
    creates(300)
    for what, clients, work in (
        ("one thread", ONE_THREAD, lambda: creates(CREATES)),
        ("eight threads", EIGHT_THREADS, lambda: from_threads(CREATES, 8)),
    ):
        yield from rate_rows(f"document creates, {what}", [_rate(cloud, CREATES, work) for _ in range(rounds)], clients)


def _rate(cloud: RunningCloud, number: int, work: Callable[[], object]) -> Rate:
    def server() -> float:
        return usage.cpu([cloud.process.pid])

    with neighbours(lambda: server() + time.process_time()) as beside:
        served, asked, began = server(), time.process_time(), time.perf_counter()
        work()
        seconds, asked, served = time.perf_counter() - began, time.process_time() - asked, server() - served
    return Rate(number / seconds, served / number * 1e6, asked / number * 1e6, beside.disturb)


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
        return Row(f"resident at {DOCUMENTS:,} documents of 1 kB", "MB", [usage.memory([cloud.process.pid]).rss])
