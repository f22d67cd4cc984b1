"""Google's Pub/Sub clients, pointed at the local cloud."""

from collections.abc import Iterator

import pytest

from tests.contract.local.pubsub.broker import PubSub
from tests.contract.local.pubsub.clients import clients
from tests.contract.local.pubsub.endpoint import Endpoint, listening
from tests.processes import RunningCloud, local_cloud


@pytest.fixture(scope="package")
def cloud() -> Iterator[RunningCloud]:
    """A Pub/Sub of these tests' own: they move its clock."""
    with local_cloud("--services", "pubsub") as running:
        yield running


@pytest.fixture
def pubsub(cloud: RunningCloud, project: str) -> Iterator[PubSub]:
    """Both of Google's synchronous clients, on a project of the test's own."""
    with clients(cloud, project) as both:
        yield both


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """A push endpoint that acknowledges until told otherwise."""
    with listening() as server:
        yield server
