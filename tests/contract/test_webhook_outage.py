"""A receiver that is down for half an hour, over the wire: Firestore, HTTP, and the library that verifies."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import msgspec
import pytest
from standardwebhooks import Webhook as Verifier

from shared.clock import SystemClock
from shared.config import Settings
from shared.domain.job import Event, moved
from shared.domain.request import EventType, Webhook
from shared.gcp.stores import stores_of
from shared.use_cases.notify import Notify
from shared.use_cases.sweep import Sweep
from shared.use_cases.tenants import RecentTenants
from shared.webhook_sender import sender_of
from tests.builders import a_job
from tests.fakes.clock import FakeClock
from tests.fakes.http_server import Answer, Asked, HttpServer
from tests.fakes.image_store import FakeImageStore
from tests.fakes.job_queue import FakeJobQueue
from tests.processes import RunningCloud

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - of this test
JOBS = {"/a": "a" * 26, "/b": "b" * 26}  # by the path of their receiver
TYPES: tuple[EventType, ...] = ("job.processing", "job.generating", "job.uploading", "job.completed")
MINUTES = 5  # between two sweeps


class Postman:
    """Real stores and a real sender, two jobs that have told all their changes, and a broker that brings messages."""

    def __init__(self, project: str) -> None:
        settings = Settings(google_cloud_project=project, webhook_secrets=SECRET, private_addresses=True)
        self.clock, self.queue = FakeClock(SystemClock().now()), FakeJobQueue()
        self.stores = stores_of(settings)
        tenants = RecentTenants(self.stores.tenants, self.clock)
        self.sweep = Sweep(self.stores, self.queue, FakeImageStore(), self.clock, tenants)
        self.notify = Notify(
            self.stores, tenants, self.queue, self.clock, sender=sender_of(settings, self.clock), payload=_payload
        )

    async def record(self, job_id: str, url: str) -> tuple[Event, ...]:
        """A job that has completed; gives its events."""
        job = a_job(id=job_id, webhook=Webhook(url=url, events=TYPES), wake_at=None)
        for status in ("processing", "generating", "uploading", "completed"):
            job = moved(job, status, self.clock.now())
        await self.stores.jobs.create(msgspec.structs.replace(job, outbox=(), wake_at=None))
        return job.outbox

    async def bring(self, *events: Event) -> None:
        """A message of each arrives, and whatever is told meanwhile."""
        for event in events:
            await self.notify(event, event.event_id[4:30])
        while self.queue.told:
            told, self.queue.told = self.queue.told, []
            await self.bring(*told)

    async def minutes(self, number: int) -> None:
        """So many pass, with a sweep now and then."""
        for _ in range(number // MINUTES):
            self.clock.move(60 * MINUTES)
            await self.sweep()
            await self.bring()


def _payload(event: Event, _: object) -> str:
    return msgspec.json.encode({"type": event.type, "status_sequence": event.status_sequence}).decode()


@pytest.fixture
def receiver() -> Iterator[HttpServer]:
    """One that cuts every connection, until it is up."""
    with (server := HttpServer(lambda _: Answer(reset=True))).running():
        yield server


@pytest.fixture
async def postman(
    deployed_cloud: RunningCloud, project: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Postman]:
    """On a database of its own, under the indexes that are deployed."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", deployed_cloud.host("firestore"))
    made = Postman(project)
    yield made
    await made.stores.jobs._firestore._firestore_api.transport.close()  # type: ignore[attr-defined] # noqa: SLF001


@pytest.mark.usefixtures("one_loop")
async def test_a_receiver_that_is_down_for_half_an_hour_gets_each_event_in_order(
    postman: Postman, receiver: HttpServer
) -> None:
    """Of each job, at least once, each event under one `webhook-id`, signed for the moment of its try."""
    events = [await postman.record(job_id, f"{receiver.url}{path}") for path, job_id in JOBS.items()]
    await postman.bring(*reversed(events[0]), *events[1])
    await postman.minutes(30)
    assert {_event(asked)["type"] for asked in receiver.asked} == {"job.processing"}
    receiver.answer = lambda _: Answer(204)
    before = len(receiver.asked)
    await postman.minutes(40)
    for path in JOBS:
        taken = [_event(asked) for asked in receiver.asked[before:] if asked.path == path]
        assert [event["type"] for event in taken] == list(TYPES)
        assert [event["status_sequence"] for event in taken] == [2, 3, 4, 5]
    told = {(asked.headers["webhook-id"], asked.body) for asked in receiver.asked}
    assert len(told) == len({webhook_id for webhook_id, _ in told}) == 2 * len(TYPES)


def _event(asked: Asked) -> dict[str, object]:
    """What was sent, once its signature is seen to be of that moment, which may not be ours."""
    at = datetime.fromtimestamp(int(asked.headers["webhook-timestamp"]), UTC)
    signature = Verifier(SECRET).sign(asked.headers["webhook-id"], at, asked.body.decode())
    assert asked.headers["webhook-signature"] == signature
    found: dict[str, object] = msgspec.json.decode(asked.body)
    return found
