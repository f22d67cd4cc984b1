"""JobQueue on Pub/Sub: one topic a lane, a message that only names the job."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

import msgspec
from google.auth.exceptions import GoogleAuthError

from shared import collector
from shared.config import Settings
from shared.domain.job import Event, Job
from shared.gcp.errors import CALL_ERRORS, refused
from shared.gcp.limits import PUBLISH
from shared.telemetry import Attributes, span, traceparent

MAX_MESSAGES = 1000  # of one call: Pub/Sub's own limit
Message = tuple[bytes, dict[str, str]]  # data and attributes
Publish = Callable[[str, Sequence[Message]], Awaitable[None]]  # to a topic, by its full name


def client(emulator_host: str | None) -> Any:
    """Google's generated asynchronous publisher. To be made inside the event loop.

    It does not know PUBSUB_EMULATOR_HOST, which only the batching client honours; hence the channel by hand.
    """
    from google.pubsub_v1.services.publisher import PublisherAsyncClient
    from google.pubsub_v1.services.publisher.transports import PublisherGrpcAsyncIOTransport

    if emulator_host is None:
        return PublisherAsyncClient()
    import grpc

    channel = grpc.aio.insecure_channel(emulator_host)
    return PublisherAsyncClient(transport=PublisherGrpcAsyncIOTransport(channel=channel))


def publishing(publisher: Any) -> Publish:
    """What sends messages by Google's client, straight on its channel."""
    from google.pubsub_v1.services.publisher.transports.base import DEFAULT_CLIENT_INFO
    from google.pubsub_v1.types import pubsub

    from shared.gcp.calls import Call, routing

    request, message, answer = pubsub.PublishRequest.pb(), pubsub.PubsubMessage.pb(), pubsub.PublishResponse.pb()
    call = Call(publisher, "/google.pubsub.v1.Publisher/Publish", (request, answer), **PUBLISH)
    about = DEFAULT_CLIENT_INFO.to_grpc_metadata()

    async def publish(topic: str, messages: Sequence[Message]) -> None:
        sent = [message(data=data, attributes=attributes) for data, attributes in messages]
        await call(request(topic=topic, messages=sent), (about, routing("topic", topic)))

    return publish


def queue_of(settings: Settings, *, soon: bool = False) -> "PubSubJobQueue":
    """The queue of this deployment. To be made inside the event loop, where something is to be announced `soon`.

    Raises:
        MissingSetting: it is not said which project's.
    """
    queue = PubSubJobQueue(settings.need("google_cloud_project"), partial(client, settings.pubsub_emulator_host))
    if soon:
        queue.prepare()
    return queue


def _load() -> None:
    with collector.resting():
        from google.pubsub_v1.services.publisher import PublisherAsyncClient  # noqa: F401 - `client` finds it loaded


class PubSubJobQueue:
    """Announcements as messages of `jobs-<priority>`; the publisher is made for the first of them."""

    def __init__(self, project: str, publisher: Callable[[], Any]) -> None:
        self._project = project
        self._made = publisher
        self._publishing: Publish | None = None
        self._loading: asyncio.Future[None] | None = None

    def prepare(self) -> None:
        """Begin to load what the publisher is made of, on a thread: it takes 40 ms, and the job is recorded meanwhile.

        Nobody waits for it here; what goes wrong is told to the first announcement, which has it tried again.
        """
        self._loading = asyncio.ensure_future(asyncio.to_thread(_load))

    async def announce(self, job: Job) -> None:
        """See JobQueue.announce."""
        topic = f"jobs-{job.priority}"
        with span(f"send {topic}", "producer", _sent(topic, job_id=job.id), origin=job.trace):
            await self._publish(topic, _announcement(job))

    async def announce_all(self, jobs: Sequence[Job]) -> None:
        """See JobQueue.announce_all."""
        lanes: dict[str, list[Job]] = {}
        for job in jobs:
            lanes.setdefault(f"jobs-{job.priority}", []).append(job)
        pages = [
            (topic, of_lane[at : at + MAX_MESSAGES])
            for topic, of_lane in lanes.items()
            for at in range(0, len(of_lane), MAX_MESSAGES)
        ]
        await asyncio.gather(*(self._send_all(topic, page) for topic, page in pages))

    async def tell(self, job_id: str, event: Event) -> None:
        """See JobQueue.tell."""
        topic = "job-events"
        with span(f"send {topic}", "producer", _sent(topic, job_id=job_id), origin=event.trace):
            await self._publish(topic, _message(msgspec.json.encode(event), event.trace, job_id=job_id))

    async def _send_all(self, topic: str, jobs: Sequence[Job]) -> None:
        with span(f"send {topic}", "producer", _sent(topic, count=len(jobs))):
            await self._publish(topic, *map(_announcement, jobs))

    async def _publish(self, topic: str, *messages: Message) -> None:
        if self._loading and not self._publishing:
            await asyncio.wait({self._loading})
        try:
            publish = self._publishing = self._publishing or publishing(self._made())
            await publish(f"projects/{self._project}/topics/{topic}", messages)
        except (*CALL_ERRORS, GoogleAuthError) as exc:  # the latter where the publisher is made, and has no credentials
            raise refused("Pub/Sub", exc) from exc


def _announcement(job: Job) -> Message:
    """Its provider goes along, so that an SDK can be loaded while the job is claimed."""
    return _message(job.id.encode(), job.trace, job_id=job.id, provider=job.provider)


def _message(data: bytes, origin: str | None, **attributes: str) -> Message:
    """A message whose receiver goes on in the job's own trace, whoever sends it; one that is in none enters none."""
    trace = traceparent(origin) if origin else None
    return data, attributes | ({"traceparent": trace} if trace else {})


def _sent(topic: str, job_id: str | None = None, count: int | None = None) -> Attributes:
    """Source of the names: https://opentelemetry.io/docs/specs/semconv/messaging/gcp-pubsub/."""
    return {
        "messaging.system": "gcp_pubsub",
        "messaging.operation.type": "send",
        "messaging.operation.name": "send",
        "messaging.destination.name": topic,
        "messaging.batch.message_count": count,
        "darkroom.job_id": job_id,
    }
