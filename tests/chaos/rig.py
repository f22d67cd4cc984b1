"""A stack on which functions are killed at chosen points, with everything that a test asks of it."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from google.cloud.firestore import FieldFilter

from shared.idempotency import job_id
from tests.chaos.moved_clock import MovedClock
from tests.chaos.operations import Operations
from tests.chaos.points import POST, SUBMIT, Cell
from tests.chaos.receiver import Receiver
from tests.fakes.nanobanana_server import KEY
from tests.integration.api import Api, Job
from tests.integration.inside import Inside
from tests.processes import Control
from tests.stack import RunningStack, stack
from tests.waiting import until

LEASE_SECONDS = 180
REST_SECONDS = 60.0  # within which a job must be at rest, by the real clock
QUIET_SECONDS = 0.3  # so long nothing changed: then it is time that the job waits for
HELD = ["processing", "generating", "uploading"]
ENDS = {"completed", "failed", "canceled"}
EFFECTS = {"killed before": "hold", "killed after": "hold_response", "answer lost": "lose_response"}


class Rig:
    """The stack, a client, a receiver and a clock."""

    def __init__(
        self,
        running: RunningStack,
        clock: MovedClock,
        *,
        receiver: Receiver,
        operations: Operations,
        inside: Inside,
        api: Api,
    ) -> None:
        self.running = running
        self.operations = operations
        self.clock = clock
        self.receiver = receiver
        self.inside = inside
        self.api = api
        self.dead: set[str] = set()  # the lease tokens of workers that were killed

    @property
    def control(self) -> Control:
        """The control port of the local cloud."""
        return self.running.control

    def body(self, *events: str) -> dict[str, Any]:
        """A request that no other is equal to, whose webhook is the receiver; each call makes another picture of it."""
        webhook = {"url": self.receiver.url, "events": events or ("job.completed",)}
        return {"prompt": f"a lighthouse {uuid4().hex} [[varied]]", "webhook": webhook}

    def post(self, body: dict[str, Any], key: str) -> httpx.Response | None:
        """Submit; None where the function died over it."""
        try:
            return self.api.post(body, key=key)
        except httpx.HTTPError:
            return None

    def submitted(self, body: dict[str, Any], key: str) -> Job:
        """Submit, again and again with the same key, until it is taken."""

        def look() -> Job | None:
            answer = self.post(body, key)
            return dict(answer.json()) if answer is not None and answer.is_success else None

        job = until(look)
        assert job["id"] == id_of(key)
        return job

    def sweep(self) -> dict[str, int] | None:
        """Have `sweep` look; None where it died over it."""
        try:
            return self.inside.sweep()
        except httpx.HTTPError:
            return None

    def stored(self, found: str) -> dict[str, Any] | None:
        """The job's document."""
        document: dict[str, Any] | None = self.inside.database.collection("jobs").document(found).get().to_dict()
        return document

    def deliveries(self, found: str) -> list[dict[str, Any]]:
        """The documents of the job's deliveries."""
        return self._query("deliveries", FieldFilter("job_id", "==", found))

    def ledger(self, found: str) -> tuple[int, int]:
        """What the ledger has of the job: calls, and micro-USD."""
        entries = self._query("ledger", FieldFilter("job_id", "==", found))
        return sum(entry.get("calls", 0) for entry in entries), sum(entry.get("micros", 0) for entry in entries)

    def objects(self, found: str) -> list[str]:
        """The names of everything under the job's prefix."""
        return [blob.name for blob in self.inside.bucket.list_blobs(prefix=f"tenants/local/jobs/{found}/")]

    def picture(self, job: Job) -> bytes:
        """The bytes of the job's one picture. Not by its signed URL, which the moved clock has outlived."""
        (image,) = job["images"]
        data: bytes = self.inside.bucket.blob(image["uri"].split("/", 3)[3]).download_as_bytes()
        return data

    def model_calls(self) -> int:
        """How often the model was called so far."""
        return self.control.counts().get("vertex.Predict", 0) + self.operations.submits

    def kill(self, function: str) -> None:
        """SIGKILL to all of it; the leases that it has are nobody's from now on."""
        self.running.kill(function)
        if function.startswith("generate"):
            held = self._query("jobs", FieldFilter("status", "in", HELD))
            self.dead |= {job["lease"]["token"] for job in held}

    @contextmanager
    def struck(self, cell: Cell, found: str) -> Iterator[Callable[[], int]]:
        """The cell's fault, for this job, in force within the block; gives what tells how often it has struck."""
        point, effect = cell.point, EFFECTS[cell.variant]
        if point.call == POST:
            with self.receiver.rule(effect, f"_{point.target[1:]}") as rule:  # type: ignore[arg-type]
                yield lambda: rule.hits
            return
        if point.call == SUBMIT:
            with self.operations.rule(effect) as rule:  # type: ignore[arg-type]
                yield lambda: rule.hits
            return
        service, _, method = point.call.partition(".")
        containing = [*point.containing, *([found] if point.containing else [])]
        with self.control.fault(
            service, method, effect=effect, containing=containing, skip=cell.skip, count=1
        ) as fault:
            yield lambda: self.control.hits(fault)

    def settle(self, found: str, events: list[str]) -> dict[str, Any]:
        """Sweep, and move the clock whenever only time is waited for, until the job and its deliveries are at rest.

        Gives the job's document. `events` are the changes that the receiver is to be told of.
        """
        deadline = time.monotonic() + REST_SECONDS
        seen: Any = None
        quiet_since = time.monotonic()
        while True:
            job, deliveries = self.stored(found), self.deliveries(found)
            assert job is not None
            if _rests(job, deliveries, events):
                return job
            assert time.monotonic() < deadline, (job, deliveries, self.receiver.told(found))
            if (job, deliveries) != seen:
                seen, quiet_since = (job, deliveries), time.monotonic()
            elif time.monotonic() - quiet_since > QUIET_SECONDS and not self.is_worked_on(job):
                self._wake(job, deliveries)
                quiet_since = time.monotonic()
            else:
                time.sleep(0.02)

    def settle_told(self, found: str, events: list[str]) -> None:
        """Wait, with the clock as it is, until the job has ended and its events are delivered and taken out."""

        def told() -> bool:
            job = self.stored(found) or {}
            if job.get("status") not in ENDS or job.get("outbox"):
                return False
            return _delivered(job, self.deliveries(found), events)

        until(told)

    def is_worked_on(self, job: dict[str, Any]) -> bool:
        """Whether a worker that has not been killed holds the job."""
        lease = job.get("lease")
        return lease is not None and lease["token"] not in self.dead and lease["expires_at"] > self.clock.now()

    def _query(self, collection: str, fields: FieldFilter) -> list[dict[str, Any]]:
        query: Any = self.inside.database.collection(collection).where(filter=fields)
        return [snapshot.to_dict() for snapshot in query.get()]

    def _wake(self, job: dict[str, Any], deliveries: list[dict[str, Any]]) -> None:
        times: list[datetime] = [thing["wake_at"] for thing in (job, *deliveries) if thing.get("wake_at")]
        ahead = min(times) - self.clock.now() if times else timedelta()
        if ahead > timedelta():
            self.clock.advance(ahead.total_seconds() + 0.01)
        self.sweep()


def id_of(key: str) -> str:
    """The id of the job that the key names."""
    return job_id("local", "job", key)


def spent(job: dict[str, Any]) -> tuple[int, int]:
    """What the job says of itself: calls, and micro-USD, where a lost answer counts at its estimate."""
    calls = job.get("spend", ())
    known = [call["estimated_micros"] if call["actual_micros"] is None else call["actual_micros"] for call in calls]
    return len(calls), sum(micros or 0 for micros in known)


def changes(job: dict[str, Any], events: list[str]) -> list[str]:
    """Those of `events` that the job's history has, in their order: its receiver is to be told of each."""
    return [kind for moment in job["timeline"] if (kind := f"job.{moment['status']}") in events]


def _delivered(job: dict[str, Any], deliveries: list[dict[str, Any]], events: list[str]) -> bool:
    delivered = [delivery["id"] for delivery in deliveries if delivery["state"] == "delivered"]
    return len(delivered) == len(changes(job, events)) and job.get("last_event") in {*delivered, None}


def _rests(job: dict[str, Any], deliveries: list[dict[str, Any]], events: list[str]) -> bool:
    if job["status"] not in ENDS or job.get("wake_at") != job.get("expires_at") or job.get("outbox"):
        return False
    return _delivered(job, deliveries, events)


@contextmanager
def rig(folder: Path, **variables: str) -> Iterator[Rig]:
    """A rig whose clock is moved by a file in `folder`; nobody sweeps it but the tests."""
    clock = MovedClock(folder / "clock")
    given = {"SWEEP_SECONDS": "0", "LEASE_SECONDS": str(LEASE_SECONDS), "CLOCK_OFFSET_FILE": str(clock.file)}
    operations = Operations()
    given |= {"NANO_BANANA_API_URL": operations.url, "NANO_BANANA_API_KEY": KEY}
    with ExitStack() as until_end:
        until_end.enter_context(operations.running())
        running = until_end.enter_context(stack(**{**given, **variables}))
        clock.follow(running.control)
        receiver = until_end.enter_context(closing(Receiver()))
        inside = until_end.enter_context(closing(Inside(running)))
        api = until_end.enter_context(closing(Api(running.base_url)))
        yield Rig(running, clock, receiver=receiver, operations=operations, inside=inside, api=api)
