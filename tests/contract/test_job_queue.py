"""JobQueue: the fake, and Pub/Sub over the wire."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from google.auth.exceptions import DefaultCredentialsError
from google.cloud import pubsub_v1

from shared.domain.errors import Unavailable
from shared.domain.job import Event
from shared.gcp.job_queue import PubSubJobQueue, client
from shared.ports import JobQueue
from tests.builders import JOB_ID, a_job
from tests.fakes.job_queue import FakeJobQueue
from tests.processes import RunningCloud

TOPICS = ("jobs-interactive", "jobs-batch", "job-events")
EVENT = Event(event_id="evt_1", status_sequence=5, type="job.completed")
Received = Callable[[str], Awaitable[list[str]]]


@dataclass(frozen=True)
class World:
    """A JobQueue, what arrives at a topic (the ids of the jobs), and a topic that can vanish."""

    queue: JobQueue
    received: Received
    vanish: Callable[[str], None]


class JobQueueSuite:
    """To be inherited with a fixture `world`."""

    @pytest.mark.parametrize("priority", ["interactive", "batch"])
    async def test_a_job_is_announced_in_its_lane(self, world: World, priority: str) -> None:
        """And in no other."""
        await world.queue.announce(a_job(priority=priority))
        for topic in TOPICS:
            assert await world.received(topic) == ([JOB_ID] if topic == f"jobs-{priority}" else [])

    async def test_many_jobs_are_announced_together(self, world: World) -> None:
        """More than one call may have; each in its lane."""
        ids = [f"{number:026}" for number in range(1001)]
        await world.queue.announce_all([a_job(id=each, priority="batch") for each in ids] + [a_job()])
        assert sorted(await world.received("jobs-batch")) == ids
        assert await world.received("jobs-interactive") == [JOB_ID]

    async def test_an_announcement_may_be_repeated(self, world: World) -> None:
        """Each is told."""
        for _ in range(2):
            await world.queue.announce(a_job())
        assert await world.received("jobs-interactive") == [JOB_ID, JOB_ID]

    async def test_an_event_is_told_to_whoever_delivers_it(self, world: World) -> None:
        """Apart from the lanes."""
        await world.queue.tell(JOB_ID, EVENT)
        assert await world.received("job-events") == [EVENT.event_id]
        assert await world.received("jobs-interactive") == []

    async def test_what_cannot_be_told_is_said(self, world: World) -> None:
        """The caller leaves it to `sweep`."""
        for topic in TOPICS:
            world.vanish(topic)
        with pytest.raises(Unavailable):
            await world.queue.announce(a_job())
        with pytest.raises(Unavailable):
            await world.queue.announce_all([a_job()])
        with pytest.raises(Unavailable):
            await world.queue.tell(JOB_ID, EVENT)


class TestFake(JobQueueSuite):
    """The one that other tests are built on."""

    @pytest.fixture
    def world(self) -> World:
        """In memory."""
        queue = FakeJobQueue()

        async def received(topic: str) -> list[str]:
            if topic == "job-events":
                return [event.event_id for event in queue.told]
            return [job.id for job in queue.announced if topic == f"jobs-{job.priority}"]

        def vanish(topic: str) -> None:
            for method in ("tell",) if topic == "job-events" else ("announce", "announce_all"):
                queue.failures.refuse(method, Unavailable("gone", "Gone."))

        return World(queue, received, vanish)


@pytest.mark.usefixtures("one_loop")
# Deprecated for subscribers that live long; here it shows that nothing waits.
@pytest.mark.filterwarnings("ignore:The return_immediately flag:DeprecationWarning")
class TestPubSub(JobQueueSuite):
    """The real one."""

    @pytest.fixture
    def admin(
        self, deployed_cloud: RunningCloud, project: str, monkeypatch: pytest.MonkeyPatch
    ) -> Iterator[tuple[Any, Any]]:
        """Google's synchronous clients; each topic has a subscription of the same name."""
        monkeypatch.setenv("PUBSUB_EMULATOR_HOST", deployed_cloud.host("pubsub"))
        publisher: Any = pubsub_v1.PublisherClient()
        subscriber: Any = pubsub_v1.SubscriberClient()
        for topic in TOPICS:
            path = publisher.topic_path(project, topic)
            publisher.create_topic(name=path)
            subscriber.create_subscription(name=subscriber.subscription_path(project, topic), topic=path)
        yield publisher, subscriber
        publisher.transport.close()
        subscriber.close()

    @pytest.fixture
    async def world(self, deployed_cloud: RunningCloud, admin: tuple[Any, Any], project: str) -> Any:
        """The adapter on Google's asynchronous client."""
        publisher = client(deployed_cloud.host("pubsub"))
        messages = _Messages(admin[1], project)

        async def received(topic: str) -> list[str]:
            if topic == "job-events":
                return [msgspec.json.decode(message.data, type=Event).event_id for message in messages.pulled(topic)]
            return [message.attributes["job_id"] for message in messages.pulled(topic)]

        def vanish(topic: str) -> None:
            admin[0].delete_topic(topic=admin[0].topic_path(project, topic))

        yield World(PubSubJobQueue(project, lambda: publisher), received, vanish)
        await publisher.transport.close()

    async def test_a_message_names_its_job_its_provider_and_its_trace(
        self, world: World, admin: tuple[Any, Any], project: str
    ) -> None:
        """The job as data and as attribute, the provider for whoever loads its SDK; the trace where there is one."""
        named = {"job_id": JOB_ID, "provider": "imagen"}
        await world.queue.announce(a_job(trace="00-trace"))
        await world.queue.announce(a_job())
        first, second = _Messages(admin[1], project).pulled("jobs-interactive")
        assert (first.data, dict(first.attributes)) == (JOB_ID.encode(), named | {"traceparent": "00-trace"})
        assert dict(second.attributes) == named

    async def test_a_lost_answer_is_repeated_by_the_client(self, world: World, deployed_cloud: RunningCloud) -> None:
        """At worst the announcement comes twice."""
        with deployed_cloud.control.fault("pubsub", "Publish", effect="lose_response", count=1):
            await world.queue.announce(a_job())
        assert set(await world.received("jobs-interactive")) == {JOB_ID}


class _Messages:
    def __init__(self, subscriber: Any, project: str) -> None:
        self._subscriber = subscriber
        self._project = project

    def pulled(self, topic: str) -> list[Any]:
        """Every message that waits there now."""
        path = self._subscriber.subscription_path(self._project, topic)
        request = {"subscription": path, "max_messages": 1000, "return_immediately": True}
        found: list[Any] = []
        while answer := self._subscriber.pull(request=request, timeout=60).received_messages:
            found += [received.message for received in answer]
            ids = [received.ack_id for received in answer]
            self._subscriber.acknowledge(request={"subscription": path, "ack_ids": ids})
        return found


async def test_a_publisher_without_credentials_is_a_service_that_does_not_answer() -> None:
    """What is recorded stays so, for `sweep` to announce; the next announcement makes a publisher anew."""
    made: list[str] = []

    def refused() -> Any:
        made.append("again")
        raise DefaultCredentialsError("The metadata server does not answer.")

    queue = PubSubJobQueue("project", refused)
    for _ in range(2):
        with pytest.raises(Unavailable):
            await queue.announce(a_job())
    assert len(made) == 2
