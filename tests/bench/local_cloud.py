"""How fast and how large the local cloud is, against its bounds: `python -m tests.bench.local_cloud` (`make bench`).

Prints one table, writes it to out/bench/local_cloud.json, and exits with 1 where a bound is broken. Clients are
Google's own, over the wire, in this process; the cloud is another process. Beside each rate stands the server's own
processor time a call, which says more than the rate on a machine that others use too. Eight threads of one Python
process share its lock, so the client, not the cloud, bounds what they can ask for: about 1,700 creates a second.
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import uuid4

from google.auth.credentials import AnonymousCredentials
from google.cloud import pubsub_v1, storage

from tests.bench.local_firestore import DOCUMENTS, client, creates, fill, from_threads, resident
from tests.processes import ROOT, RunningCloud, local_cloud

OUT = ROOT / "out" / "bench" / "local_cloud.json"
STARTS = 5
ROUNDS = 3  # of creates, of which the best counts: what else the machine does is not the question
CREATES = 2_000  # of one round
PUBLISHES = 1_000
PUTS = 400
PUT_BYTES = 100_000


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    what: str
    value: float
    unit: str
    least: float | None = None  # bounds, where there are any
    most: float | None = None
    server_micros: float | None = None  # processor time of the server for one call

    @property
    def holds(self) -> bool:
        """Whether it is within its bounds."""
        return (self.least is None or self.value >= self.least) and (self.most is None or self.value <= self.most)

    def line(self) -> str:
        """As the table shows it."""
        bound = "" if self.least is None else f"at least {self.least:,g}"
        bound = bound if self.most is None else f"at most {self.most:,g}"
        verdict = "" if not bound else "ok" if self.holds else "BROKEN"
        micros = "" if self.server_micros is None else f"{self.server_micros:,.0f} µs"
        return f"{self.what:<52} {self.value:>10,.2f} {self.unit:<3} {micros:>9}  {bound:<15} {verdict}"


def processor_seconds(pid: int) -> float:
    """What a process has used of the processors so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def rate(cloud: RunningCloud, what: str, number: int, work: Callable[[], object], least: float | None = None) -> Figure:
    """How many a second, and what each takes of the server."""
    pid = cloud.process.pid
    before, start = processor_seconds(pid), time.perf_counter()
    work()
    seconds, used = time.perf_counter() - start, processor_seconds(pid) - before
    return Figure(what, number / seconds, "/s", least=least, server_micros=used / number * 1e6)


def start_to_ready() -> Figure:
    """The median of some starts of all services."""
    taken = []
    for _ in range(STARTS):
        start = time.perf_counter()
        with local_cloud():
            taken.append(time.perf_counter() - start)
    return Figure(f"start to ready, median of {STARTS}", statistics.median(taken), "s", most=2)


def firestore_figures(cloud: RunningCloud) -> list[Figure]:
    """Creates, and the memory of many documents."""
    os.environ["FIRESTORE_EMULATOR_HOST"] = cloud.host("firestore")
    creates(300)
    return [
        best(lambda: rate(cloud, "document creates, one thread", CREATES, lambda: creates(CREATES), 800)),
        best(lambda: rate(cloud, "document creates, eight threads", CREATES, lambda: from_threads(CREATES, 8), 1_500)),
    ]


def best(measure: Callable[[], Figure]) -> Figure:
    """The highest of several rounds."""
    return max((measure() for _ in range(ROUNDS)), key=lambda figure: figure.value)


def memory() -> Figure:
    """Of a cloud that has nothing but documents."""
    with local_cloud() as cloud:
        os.environ["FIRESTORE_EMULATOR_HOST"] = cloud.host("firestore")
        fill(client(), DOCUMENTS)
        return Figure(f"resident at {DOCUMENTS:,} documents of 1 kB", resident(cloud.process.pid), "MB", most=200)


def pubsub_figure(cloud: RunningCloud) -> Figure:
    """Publications, each answered before the next."""
    os.environ["PUBSUB_EMULATOR_HOST"] = cloud.host("pubsub")
    publisher = pubsub_v1.PublisherClient(pubsub_v1.types.BatchSettings(max_messages=1))
    topic = publisher.create_topic(name="projects/bench/topics/jobs").name

    def publish() -> None:
        for _ in range(PUBLISHES):
            publisher.publish(topic, b"x" * 500).result()

    return rate(cloud, "publishes, one after the other", PUBLISHES, publish)


def storage_figure(cloud: RunningCloud) -> Figure:
    """Uploads of a small picture's size."""
    host = {"api_endpoint": cloud.host("storage")}
    bucket = storage.Client("bench", AnonymousCredentials(), client_options=host).create_bucket("bench-bucket")
    data = os.urandom(PUT_BYTES)

    def put() -> None:
        for _ in range(PUTS):
            bucket.blob(uuid4().hex).upload_from_string(data, "image/png")

    return rate(cloud, f"storage puts of {PUT_BYTES // 1000} kB, one after the other", PUTS, put)


def main() -> int:
    """Measure, print, write."""
    os.environ["DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA"] = "true"
    load = os.getloadavg()[0]
    figures = [start_to_ready()]
    with local_cloud() as cloud:
        figures += [*firestore_figures(cloud), pubsub_figure(cloud), storage_figure(cloud)]
    figures.append(memory())
    print(f"{'the local cloud':<52} {'':>10} {'':<3} {'server':>9}  bound")
    print("\n".join(figure.line() for figure in figures))
    print(f"load before: {load:.1f} on {os.cpu_count()} processors")
    OUT.parent.mkdir(parents=True, exist_ok=True)
    record = {"load": load, "processors": os.cpu_count(), "figures": [asdict(figure) for figure in figures]}
    OUT.write_text(json.dumps(record, indent=2) + "\n")
    return 0 if all(figure.holds for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
