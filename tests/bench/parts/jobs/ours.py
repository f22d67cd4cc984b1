"""Our side: the whole local stack with one process of `generate`, and a model beside it.

That a job has ended is told by one listener on the jobs that have, which the load's process has on Firestore: as the
functions themselves learn it, and the cheapest of what there is. A webhook would be two more messages, another function
and another commit a job; the tenant's event stream the same listener, and a function that writes it out again.

Jobs are submitted past the gateway, as the incumbent's are: it has none. In Google Cloud, Cloud Run's front end is one.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from statistics import median
from typing import Any
from uuid import uuid4

import grpc
from google.cloud.firestore_v1.types import ListenRequest, ListenResponse

from tests.bench import usage
from tests.bench.ends import Told
from tests.bench.load import Answer, request
from tests.bench.model import model, takes
from tests.stack import RunningStack, stack

PLACES = "128"  # jobs at once in `generate`, as many as are ever in flight; by default 32
SWEEP_SECONDS = "60"  # as it is scheduled in the cloud
LISTEN = "/google.firestore.v1.Firestore/Listen"
CURRENT = 3  # TargetChange.TargetChangeType.CURRENT


class Ours:
    """A stack that answers, and what it is told by."""

    worker = ("generate",)
    own = ("submit", "generate", "status")

    def __init__(self, running: RunningStack) -> None:
        self.running = running
        self.told = Told()
        self.everything = (*running.stack.names, "cloud")  # every function, whether or not a job needs it
        self._waits: dict[str, float] = {}  # ms from a job's record to its claim; of jobs that have ended

    @property
    def port(self) -> int:
        """Where `submit` listens."""
        return int(self.running.function_url("submit").rpartition(":")[2])

    def submit(self, milliseconds: int) -> bytes:
        """A request with a prompt of its own: no picture is given out twice."""
        body = {"prompt": f"a watercolor fox {uuid4().hex} {takes(milliseconds)}", "model": "imagen-4.0-generate-001"}
        return request("POST", "/v1/jobs", body, {"idempotency-key": uuid4().hex})

    def job_of(self, answer: Answer) -> str:
        """The id of what was accepted."""
        return str(answer.json()["id"])

    def pids(self, *functions: str) -> list[int]:
        """The processes of functions, and of the local cloud as `cloud`."""
        return [pid for name in functions for pid in usage.group(self.running.group(name))]

    def waited(self, jobs: Iterable[str]) -> float:
        """The median of what these jobs waited from their record to their claim, in ms, by the functions' clock."""
        return median(self._waits[job] for job in jobs)

    def clean(self) -> None:
        """Nothing: a stack has its data for as long as it runs."""

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Hear of ends within the block."""
        environment = self.running.environment
        channel = grpc.aio.insecure_channel(
            environment["FIRESTORE_EMULATOR_HOST"], options=[("grpc.max_receive_message_length", -1)]
        )
        ready = asyncio.Event()
        hearing = asyncio.create_task(self._hear(channel, environment["GOOGLE_CLOUD_PROJECT"], ready))
        waiting = asyncio.create_task(ready.wait())
        try:
            await asyncio.wait({hearing, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if hearing.done():
                hearing.result()
            yield
        finally:
            hearing.cancel()
            waiting.cancel()
            await asyncio.gather(hearing, waiting, return_exceptions=True)
            await channel.close()

    async def _hear(self, channel: Any, project: str, ready: asyncio.Event) -> None:
        """Not by Google's client: it would wrap each answer, which is the load's own cost, on the machine of all."""
        database = f"projects/{project}/databases/(default)"
        listen = channel.stream_stream(LISTEN, ListenRequest.serialize, ListenResponse.pb().FromString)
        stream = listen(metadata=(("google-cloud-resource-prefix", database),))
        await stream.write(ListenRequest(database=database, add_target={"target_id": 1, "query": _ended(database)}))
        async for message in stream:
            match message.WhichOneof("response_type"):
                case "document_change":
                    self._heard(message.document_change.document)
                case "target_change" if message.target_change.target_change_type == CURRENT:
                    ready.set()
        raise RuntimeError("the stream of ended jobs was ended by the local cloud")

    def _heard(self, document: Any) -> None:
        job = document.name.rpartition("/")[2]
        if job in self._waits:
            return
        queued, started = (document.fields[name].timestamp_value for name in ("queued_at", "started_at"))
        self._waits[job] = (started.ToNanoseconds() - queued.ToNanoseconds()) / 1e6
        if (status := document.fields["status"].string_value) == "completed":
            self.told.ended(job)
        else:
            self.told.failed(job, f"{status}, {document.fields['failure']}")


def _ended(database: str) -> dict[str, Any]:
    """A query target: jobs that have ended."""
    values = [{"string_value": status} for status in ("completed", "failed", "canceled")]
    one_of = {"field": {"field_path": "status"}, "op": "IN", "value": {"array_value": {"values": values}}}
    query = {"from_": [{"collection_id": "jobs"}], "where": {"field_filter": one_of}}
    return {"parent": f"{database}/documents", "structured_query": query}


@contextmanager
def ours() -> Iterator[Ours]:
    """The stack, with a model of the benchmark's."""
    with (
        model() as address,
        stack(VERTEX_EMULATOR_HOST=address, MAX_CONCURRENCY=PLACES, SWEEP_SECONDS=SWEEP_SECONDS) as running,
    ):
        yield Ours(running)
