"""The incumbent, started as it is deployed: PostgreSQL, Redis, gunicorn with Flask, and so many of Celery's workers."""

import asyncio
import json
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from uuid import uuid4

from infra.local.ports import HOST, answers, free_ports
from infra.local.reaper import signal_group
from tests.bench import usage
from tests.bench.ends import Told
from tests.bench.incumbent import programs
from tests.bench.incumbent.told import CHANNEL, command, ended, reply
from tests.bench.load import Answer, request
from tests.bench.model import picture
from tests.bench.spawning import spawn
from tests.processes import ROOT, clean_environment

NAME = "tests.bench.incumbent"
DATABASE = "inc"
DONE = "0b9e2c4e-7c39-4d5c-9d55-0f6f6c1a7c11"  # a task
API = ("-w", "2", "--threads", "8", "--log-level", "error")
WORKERS = ("-P", "prefork", "--loglevel", "error", "--without-gossip", "--without-mingle")
SNAPSHOTS = "3600 1 300 100 60 10000"  # as Debian's Redis makes them, and no append-only file
WAITED = (
    "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY 1000 * extract(epoch FROM started_at - created_at)) FROM tasks"
)
READY_SECONDS = 60.0
GRACE_SECONDS = 20.0


class Incumbent:
    """It answers; workers are begun apart, so that there can be more or fewer."""

    worker = ("workers",)
    own = ("api", "workers")
    everything = (*own, "redis", "postgres")

    def __init__(self, folder: Path) -> None:
        """Its data and logs go into the folder, which others must be able to enter."""
        self.told = Told()
        self.port, self.redis_port, self.database_port = free_ports(3)
        self._folder = folder
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.environment = {
            **clean_environment(),
            "INC_PG_DSN": f"host={HOST} port={self.database_port} user={DATABASE} dbname={DATABASE}",
            "INC_REDIS": f"redis://{HOST}:{self.redis_port}/0",
            "INC_OUT": str(folder / "out"),
            "INC_PICTURE": str(folder / "picture.png"),
            "INC_READY_FILE": str(folder / "ready"),
            "PYTHONPATH": str(ROOT),
            "XDG_RUNTIME_DIR": str(folder),  # gunicorn puts a socket for its own administration there
        }

    def submit(self, milliseconds: int) -> bytes:
        """A request with a key of its own."""
        body = {"prompt": f"a watercolor fox {uuid4().hex}", "delay_ms": milliseconds}
        return request("POST", "/generate_image", body, {"x-idempotency-key": uuid4().hex})

    def job_of(self, answer: Answer) -> str:
        """The id of what was accepted."""
        return str(answer.json()["task_id"])

    def pids(self, *names: str) -> list[int]:
        """The processes of `api`, `workers`, `redis`, `postgres`."""
        return [pid for name in names for pid in usage.family(self._running[name].pid)]

    def waited(self, _: Iterable[str]) -> float:
        """The median of what all tasks since `clean` waited from INSERT to claim, in ms, by PostgreSQL's clock."""
        return float(self._sql(WAITED))

    def clean(self) -> None:
        """Forget all tasks and their pictures."""
        self._sql("TRUNCATE tasks")
        for path in (self._folder / "out").iterdir():
            path.unlink()

    def done(self) -> str:
        """The id of a task that Redis has as done, as Celery leaves it there."""
        task: dict[str, object] = {
            "status": "SUCCESS",
            "result": {"uri": "file:///x.png", "bytes": len(picture())},
            "traceback": None,
            "children": [],
            "date_done": "2025-01-01T00:00:00+00:00",
            "task_id": DONE,
        }
        self._redis_says("SET", f"{CHANNEL}{DONE}", json.dumps(task))
        return DONE

    def forget(self) -> None:
        """Forget what is queued, too; while there are no workers."""
        self._redis_says("FLUSHALL")
        self.clean()

    @contextmanager
    def workers(self, count: int) -> Iterator[None]:
        """Celery with so many processes, ready inside the block."""
        ready = self._folder / "ready"
        ready.unlink(missing_ok=True)
        words = [str(programs.VENV / "celery"), "-A", f"{NAME}.tasks", "worker", *WORKERS, "-c", str(count)]
        with self._program("workers", words, ready.exists):
            yield

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Hear of ends within the block."""
        reader, writer = await asyncio.open_connection(HOST, self.redis_port)
        writer.write(command("PSUBSCRIBE", f"{CHANNEL}*"))
        await reply(reader)
        hearing = asyncio.create_task(self._hear(reader))
        try:
            yield
        finally:
            hearing.cancel()
            writer.close()
            await asyncio.gather(hearing, return_exceptions=True)

    async def _hear(self, reader: asyncio.StreamReader) -> None:
        while True:
            if (found := ended(await reply(reader))) is None:
                continue
            task, told = found
            if json.loads(told)["status"] == "SUCCESS":
                self.told.ended(task)
            else:
                self.told.failed(task, told.decode())

    @contextmanager
    def started(self) -> Iterator["Incumbent"]:
        """PostgreSQL, Redis and the API within the block."""
        with ExitStack() as until_end:
            until_end.enter_context(self._postgres())
            until_end.enter_context(self._redis())
            words = [str(programs.VENV / "gunicorn"), *API, "-b", f"{HOST}:{self.port}", f"{NAME}.api:app"]
            until_end.enter_context(self._program("api", words, lambda: answers(self.port)))
            yield self

    @contextmanager
    def _postgres(self) -> Iterator[None]:
        folder = programs.postgresql()
        data, sockets = self._folder / "pg", self._folder / "sockets"
        for each in (data, sockets):
            each.mkdir(mode=0o700)
            programs.own(each)
        self._run(*programs.as_postgres(), f"{folder}/initdb", "-D", str(data), "-A", "trust", "-U", DATABASE)
        settings = ("listen_addresses=127.0.0.1", "max_connections=100", "synchronous_commit=on")
        options = [word for each in settings for word in ("-c", each)]
        words = [f"{folder}/postgres", "-D", str(data), "-p", str(self.database_port), "-k", str(sockets), *options]
        ask = [f"{folder}/pg_isready", "-q", "-h", HOST, "-p", str(self.database_port)]
        with self._program(
            "postgres", [*programs.as_postgres(), *words], lambda: subprocess.call(ask) == 0, signal.SIGINT
        ):
            self._sql(f"CREATE DATABASE {DATABASE}", "postgres")
            self._sql((Path(__file__).parent / "schema.sql").read_text())
            yield

    @contextmanager
    def _redis(self) -> Iterator[None]:
        (data := self._folder / "redis").mkdir()
        options = ["--port", str(self.redis_port), "--bind", HOST, "--dir", str(data), "--save", SNAPSHOTS]
        words = [str(programs.redis()), *options, "--appendonly", "no"]
        with self._program("redis", words, lambda: answers(self.redis_port)):
            yield

    @contextmanager
    def _program(
        self, name: str, words: Sequence[str], ready: Callable[[], bool], stop: signal.Signals = signal.SIGTERM
    ) -> Iterator[None]:
        """A program that is ready within the block, and gone after it."""
        log = self._folder / f"{name}.log"
        with log.open("ab") as output:
            cwd = ROOT if name in {"api", "workers"} else self._folder
            process = spawn(words, cwd=cwd, env=self.environment, stdout=output, stderr=subprocess.STDOUT)
        self._running[name] = process
        try:
            deadline = time.monotonic() + READY_SECONDS
            while not ready():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"the incumbent's {name} is not ready:\n{log.read_text()[-3000:]}")
                time.sleep(0.01)
            yield
        finally:
            del self._running[name]
            _end(process, stop)

    def _redis_says(self, *words: str) -> None:
        with socket.create_connection((HOST, self.redis_port)) as connection:
            connection.sendall(command(*words))
            if (answer := connection.recv(1000)) != b"+OK\r\n":
                raise RuntimeError(f"Redis says {answer!r}")

    def _sql(self, text: str, database: str = DATABASE) -> str:
        where = ("-h", HOST, "-p", str(self.database_port), "-U", DATABASE, "-d", database)
        return self._run(f"{programs.postgresql()}/psql", "-qAt", *where, "-c", text).strip()

    def _run(self, *words: str) -> str:
        done = subprocess.run(
            words, cwd=self._folder, env=self.environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(words)} ended with {done.returncode}: {done.stderr[-2000:]}")
        return done.stdout


def _end(process: subprocess.Popen[bytes], stop: signal.Signals) -> None:
    """Tell it to stop, and kill what is left of its group when it has, or has not in time."""
    process.send_signal(stop)
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    finally:
        signal_group(process.pid, signal.SIGKILL)


@contextmanager
def incumbent() -> Iterator[Incumbent]:
    """The incumbent without workers, its data in a folder that ends with it."""
    with tempfile.TemporaryDirectory(prefix="incumbent-") as path:
        Path(path).chmod(0o755)  # user postgres goes through it
        (Path(path) / "out").mkdir()
        (Path(path) / "picture.png").write_bytes(picture())
        with Incumbent(Path(path)).started() as running:
            yield running
