"""Google's Pub/Sub clients for a local cloud."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import grpc
import pytest
from google.cloud import pubsub_v1
from google.pubsub_v1 import PublisherClient as GeneratedPublisher
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport

from tests.contract.local.pubsub.broker import PubSub
from tests.processes import RunningCloud


@contextmanager
def clients(cloud: RunningCloud, project: str) -> Iterator[PubSub]:
    """The batching publisher, the generated one and the subscriber; closed after the block."""
    options = pubsub_v1.types.PublisherOptions(enable_message_ordering=True)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PUBSUB_EMULATOR_HOST", cloud.host("pubsub"))
        publisher: Any = pubsub_v1.PublisherClient(publisher_options=options)
        subscriber: Any = pubsub_v1.SubscriberClient()
    with grpc.insecure_channel(cloud.host("pubsub")) as channel:
        api = GeneratedPublisher(transport=PublisherGrpcTransport(channel=channel))
        yield PubSub(publisher, subscriber, api, project)
    publisher.transport.close()
    subscriber.close()
