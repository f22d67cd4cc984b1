"""JobQueue on Pub/Sub: one topic a lane, a message that only names the job."""

from collections.abc import Callable
from typing import Any

from shared.domain.job import Job
from shared.gcp.errors import CALL_ERRORS, refused

TIMEOUT = 10.0  # seconds a call


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


class PubSubJobQueue:
    """Announcements as messages of `jobs-<priority>`; the publisher is made for the first of them."""

    def __init__(self, project: str, publisher: Callable[[], Any]) -> None:
        self._project = project
        self._made = publisher
        self._publisher: Any = None

    async def announce(self, job: Job) -> None:
        """See JobQueue.announce."""
        self._publisher = self._publisher or self._made()
        topic = f"projects/{self._project}/topics/jobs-{job.priority}"
        attributes = {"job_id": job.id} | ({"traceparent": job.trace} if job.trace else {})
        message = {"data": job.id.encode(), "attributes": attributes}
        try:
            await self._publisher.publish(topic=topic, messages=[message], timeout=TIMEOUT)
        except CALL_ERRORS as exc:
            raise refused("Pub/Sub", exc) from exc
