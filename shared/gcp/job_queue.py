"""JobQueue on Pub/Sub: one topic a lane, a message that only names the job."""

from typing import Any

from google.pubsub_v1.services.publisher import PublisherAsyncClient
from google.pubsub_v1.types import PubsubMessage

from shared.domain.job import Job
from shared.gcp.errors import CALL_ERRORS, refused

TIMEOUT = 10.0  # seconds a call


def client(emulator_host: str | None) -> PublisherAsyncClient:
    """Google's generated asynchronous publisher. To be made inside the event loop.

    It does not know PUBSUB_EMULATOR_HOST, which only the batching client honours; hence the channel by hand.
    """
    if emulator_host is None:
        return PublisherAsyncClient()
    import grpc
    from google.pubsub_v1.services.publisher.transports import PublisherGrpcAsyncIOTransport

    channel = grpc.aio.insecure_channel(emulator_host)
    return PublisherAsyncClient(transport=PublisherGrpcAsyncIOTransport(channel=channel))


class PubSubJobQueue:
    """Announcements as messages of `jobs-<priority>`."""

    def __init__(self, publisher: PublisherAsyncClient, project: str) -> None:
        self._publisher = publisher
        self._project = project

    async def announce(self, job: Job) -> None:
        """See JobQueue.announce."""
        topic = f"projects/{self._project}/topics/jobs-{job.priority}"
        attributes = {"job_id": job.id} | ({"traceparent": job.trace} if job.trace else {})
        message = PubsubMessage(data=job.id.encode(), attributes=attributes)
        try:
            await self._publish(topic, message)
        except CALL_ERRORS as exc:
            raise refused("Pub/Sub", exc) from exc

    async def _publish(self, topic: str, message: Any) -> None:
        await self._publisher.publish(topic=topic, messages=[message], timeout=TIMEOUT)
