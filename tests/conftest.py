"""Fixtures that every kind of test may ask for."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.processes import RunningCloud, local_cloud


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Asynchronous tests run on asyncio, as the functions do."""
    return "asyncio"


@pytest.fixture(scope="session")
def cloud() -> Iterator[RunningCloud]:
    """One local cloud in memory for the whole run; tests keep apart by `project`."""
    with local_cloud() as running:
        yield running


@pytest.fixture
def project() -> str:
    """A Google Cloud project id that no other test uses."""
    return f"test-{uuid4().hex[:12]}"
