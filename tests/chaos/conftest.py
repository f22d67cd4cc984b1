"""The rig that the tests of this folder share, and whether this is the long run."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.rig import Rig, rig

LONG = bool(os.environ.get("CHAOS"))  # set by `make chaos`
long_run = pytest.mark.skipif(not LONG, reason="minutes: `make chaos` runs it")
short_run = pytest.mark.skipif(LONG, reason="`make chaos` runs the whole of it")


@pytest.fixture(scope="module")
def unpolled_rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """One whose functions wait to be called back, which nobody does: all its callbacks are lost."""
    with rig(tmp_path_factory.mktemp("unpolled"), PROVIDER_POLLING="false") as made:
        made.api.completed(model="placeholder")  # every connection is open
        yield made


@pytest.fixture(scope="session")
def the_rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    """One stack for the tests that need no settings of their own."""
    folder: Path = tmp_path_factory.mktemp("chaos")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA", "true")
        with rig(folder) as made:
            yield made
