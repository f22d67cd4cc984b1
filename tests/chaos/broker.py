"""Pub/Sub as an operator uses it: where a lane is pushed to, one more message, what the dead letters hold."""

from collections.abc import Iterator
from contextlib import contextmanager

import grpc
from google.api_core.exceptions import DeadlineExceeded
from google.pubsub_v1 import PublisherClient, SubscriberClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport
from google.pubsub_v1.types import PubsubMessage

from tests.stack import RunningStack

SECONDS = 60
LANE = "jobs-interactive"


class Broker:
    """The lane of a stack that interactive jobs go through."""

    def __init__(self, running: RunningStack, channel: grpc.Channel) -> None:
        self._running = running
        self._project = f"projects/{running.environment['GOOGLE_CLOUD_PROJECT']}"
        self._publisher = PublisherClient(transport=PublisherGrpcTransport(channel=channel))
        self._subscriber = SubscriberClient(transport=SubscriberGrpcTransport(channel=channel))
        self._letters = f"{self._project}/subscriptions/seen-dead-letters"
        topic = f"{self._project}/topics/jobs-dead-letters"
        self._subscriber.create_subscription(name=self._letters, topic=topic, timeout=SECONDS)

    def push_to(self, instance: str) -> None:
        """Have the lane delivered to this instance of `generate` from now on."""
        subscription = f"{self._project}/subscriptions/{LANE}-generate"
        endpoint = {"push_endpoint": f"{self._running.function_url(instance)}/"}
        self._subscriber.modify_push_config(
            request={"subscription": subscription, "push_config": endpoint}, timeout=SECONDS
        )

    def announce(self, job_id: str, times: int) -> None:
        """Publish so many messages that name the job."""
        message = PubsubMessage(data=job_id.encode(), attributes={"job_id": job_id})
        topic = f"{self._project}/topics/{LANE}"
        self._publisher.publish(topic=topic, messages=[message] * times, timeout=SECONDS)

    def dead_letters(self) -> int:
        """How many messages were given up since this object was made; at most 10 are counted."""
        request = {"subscription": self._letters, "max_messages": 10}
        try:
            return len(self._subscriber.pull(request=request, timeout=1, retry=None).received_messages)
        except DeadlineExceeded:  # there is none to be waited for
            return 0


@contextmanager
def broker(running: RunningStack) -> Iterator[Broker]:
    """The broker of a stack; one a stack."""
    with grpc.insecure_channel(running.environment["PUBSUB_EMULATOR_HOST"]) as channel:
        yield Broker(running, channel)
