"""Ways to look at the stack that the tests share."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.integration.api import Api
from tests.integration.inside import Inside
from tests.stack import RunningStack


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
