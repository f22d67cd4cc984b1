"""Google's Pub/Sub clients, pointed at the local cloud."""

from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.cloud import pubsub_v1
from google.pubsub_v1 import PublisherClient as GeneratedPublisher
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport

from tests.contract.local.pubsub.broker import PubSub
from tests.contract.local.pubsub.endpoint import Endpoint, listening
from tests.processes import RunningCloud, local_cloud


@pytest.fixture(scope="package")
def cloud() -> Iterator[RunningCloud]:
    """A Pub/Sub of these tests' own: they move its clock."""
    with local_cloud("--services", "pubsub") as running:
        yield running


@pytest.fixture
def pubsub(cloud: RunningCloud, project: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[PubSub]:
    """Both of Google's synchronous clients, on a project of the test's own."""
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", cloud.host("pubsub"))
    options = pubsub_v1.types.PublisherOptions(enable_message_ordering=True)
    publisher: Any = pubsub_v1.PublisherClient(publisher_options=options)
    subscriber: Any = pubsub_v1.SubscriberClient()
    with grpc.insecure_channel(cloud.host("pubsub")) as channel:
        api = GeneratedPublisher(transport=PublisherGrpcTransport(channel=channel))
        yield PubSub(publisher, subscriber, api, project)
    publisher.transport.close()
    subscriber.close()


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """A push endpoint that acknowledges until told otherwise."""
    with listening() as server:
        yield server
