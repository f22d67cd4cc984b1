"""What the tests of the client share."""

from collections.abc import Iterator

import pytest

from tests.unit.shared.client.darkroom.both import KINDS
from tests.unit.shared.client.darkroom.service import Service


@pytest.fixture(params=KINDS)
def deployment(request: pytest.FixtureRequest) -> Iterator[Service]:
    """A deployment in writing, for each kind of client."""
    made = Service(request.param)
    with made.server.running():
        yield made
