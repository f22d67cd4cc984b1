"""Functions, ours and bare ones, as the framework serves them: each a group of processes, beside a local cloud."""

import atexit
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from google.cloud import pubsub_v1, storage

from infra.bundle import bundle
from infra.local.environment import Settings
from infra.local.ports import HOST, free_ports
from infra.local.reaper import signal_group
from infra.local.resources import EVENTS, LANES
from tests.bench import usage
from tests.bench.spawning import spawn
from tests.processes import ROOT, RunningCloud, clean_environment, local_cloud

BARE = Path(__file__).parent / "bare"
READY_SECONDS = 120.0
NEVER_REACHED = "100000000"  # requests a minute; 0, which is the local stack's, would not count them


@dataclass(frozen=True)
class World:
    """A local cloud with topics and a bucket, and what functions are told of it."""

    cloud: RunningCloud
    environment: Mapping[str, str]


@contextmanager
def world(**variables: str) -> Iterator[World]:
    """A cloud for functions that are started one by one; nothing is delivered to any of them.

    `variables` are more of what the functions are told. They are set up as by default where they are deployed:
    requests a minute are counted, though never too many, and there is somewhere to send traces, of which none is made.
    """
    with local_cloud() as cloud:
        given = clean_environment(cloud.environment) | {"REQUESTS_PER_MINUTE": NEVER_REACHED} | variables
        environment = compiled(Settings.read(given).common({}, "http://127.0.0.1:1"))
        _make(cloud, environment["GOOGLE_CLOUD_PROJECT"], environment["GCS_BUCKET_NAME"])
        yield World(cloud, environment)


def compiled(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment with bytecode kept, as it is deployed: the buildpack compiles what it is given."""
    return {name: value for name, value in environment.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _make(cloud: RunningCloud, project: str, bucket: str) -> None:
    """Topics without subscriptions, and the bucket."""
    before = dict(os.environ)
    os.environ.update(cloud.environment)  # which Google's clients read, and no later cloud may
    try:
        publisher = pubsub_v1.PublisherClient()
        for topic in (*LANES, EVENTS):
            publisher.create_topic(name=publisher.topic_path(project, topic))
        publisher.transport.close()
        storage.Client(project=project).create_bucket(bucket)
    finally:
        os.environ.clear()
        os.environ.update(before)


@cache
def ours(function: str) -> Path:
    """The main.py of one of our functions in its bundle, which is what is deployed; made when first asked for."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return bundle(function, folder).folder / "main.py"


def bare(function: str) -> Path:
    """That of the bare function it is held against."""
    return BARE / function / "main.py"


def home(source: Path) -> Path:
    """Where a main.py is started, and finds `shared`: in its bundle, or in the repository."""
    return ROOT if source.is_relative_to(ROOT) else source.parent


@dataclass(frozen=True)
class Server:
    """One function under the framework: the server's master and its worker, one process group."""

    port: int
    group: int
    log: Path
    process: subprocess.Popen[bytes]

    def pids(self) -> list[int]:
        """Every process of the group."""
        return usage.group(self.group)

    def cpu(self) -> float:
        """Seconds of processor time that the group has used so far, in user and in system mode."""
        return usage.cpu(self.pids())

    def peak(self) -> float:
        """MB that its processes have had resident at most, each by itself; shared pages count in each."""
        return usage.peak(self.pids())

    def connect(self) -> socket.socket:
        """A connection, as soon as it is taken.

        Raises:
            RuntimeError: the server ended, or did not listen in time.
        """
        deadline = time.monotonic() + READY_SECONDS
        while True:
            try:
                return socket.create_connection((HOST, self.port), timeout=READY_SECONDS)
            except ConnectionRefusedError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"{self.log.name} does not listen:\n{self.log.read_text()[-3000:]}") from None
            time.sleep(0.002)


@contextmanager
def server(source: Path, environment: Mapping[str, str]) -> Iterator[Server]:
    """Start `functions-framework` on a main.py, whose function is named as its folder; it ends with the block."""
    name, port = source.parent.name, free_ports(1).pop()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        log = Path(folder) / f"{name}.log"
        options = ["--source", str(source), "--target", name, "--host", HOST, "--port", str(port)]
        with log.open("wb") as output:
            process = spawn(
                [sys.executable, "-m", "functions_framework", *options],
                cwd=home(source),
                env={**environment, "XDG_RUNTIME_DIR": folder},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            yield Server(port, process.pid, log, process)
        finally:
            signal_group(process.pid, signal.SIGKILL)
            process.wait()
