"""The stack that the tests of this folder share, and the ways to look at it."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.integration.api import Api
from tests.integration.inside import Inside
from tests.processes import Control
from tests.stack import RunningStack, stack


@pytest.fixture(scope="session")
def darkroom() -> Iterator[RunningStack]:
    """One stack for every test that needs no settings of its own. Nobody sweeps it but the tests."""
    with pytest.MonkeyPatch.context() as patch:
        # Else Google's storage client asks for the bucket behind the test's back, and is counted.
        patch.setenv("DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA", "true")
        with stack(SWEEP_SECONDS="0") as running:
            yield running
            logs = {name: running.log(name) for name in running.stack.names}
    assert not [line for log in logs.values() for line in log.splitlines() if "unexpected error" in line]


@pytest.fixture
def control(darkroom: RunningStack) -> Control:
    """The control port of the stack's local cloud."""
    return darkroom.control


@pytest.fixture
def api(darkroom: RunningStack) -> Iterator[Api]:
    """A client of the stack's gateway."""
    with closing(Api(darkroom.base_url)) as client:
        yield client


@pytest.fixture
def inside(darkroom: RunningStack) -> Iterator[Inside]:
    """What lies behind the stack's API."""
    with closing(Inside(darkroom)) as clients:
        yield clients
