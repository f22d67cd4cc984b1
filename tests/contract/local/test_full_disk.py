"""A disk that fills up while the local cloud runs."""

import resource
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from google.api_core.exceptions import GoogleAPICallError

from tests.contract.local.callers import CALLERS, Caller
from tests.processes import RunningCloud, local_cloud

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux sets the limits of another process")


@pytest.fixture
def own_cloud(tmp_path: Path) -> Iterator[RunningCloud]:
    """A cloud that keeps what it is given."""
    with local_cloud("--data", str(tmp_path)) as running:
        yield running


@pytest.fixture(params=["firestore", "pubsub", "storage"])
def caller(request: pytest.FixtureRequest, own_cloud: RunningCloud, project: str) -> Iterator[Caller]:
    """A client of each service that has a disk."""
    with CALLERS[request.param](own_cloud, project) as one:
        yield one


def test_what_cannot_be_stored_is_refused(caller: Caller, own_cloud: RunningCloud) -> None:
    """With the disk's own words, and without an effect; once there is room again, all is as it was."""
    caller.call()
    assert caller.effects
    pid, unlimited = own_cloud.process.pid, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    with pytest.raises(GoogleAPICallError, match=r"disk|database|File too large"):
        caller.call()
    resource.prlimit(pid, resource.RLIMIT_FSIZE, unlimited)
    assert caller.effects() == 1
    caller.call()
    assert caller.effects() == 2


def test_an_object_outlives_what_a_full_disk_refused(tmp_path: Path) -> None:
    """There is room for the new bytes and none to note them: the old ones stay, also once there is room again."""
    with (
        local_cloud("--services", "storage", "--data", str(tmp_path)) as cloud,
        httpx.Client(base_url=cloud.host("storage"), timeout=60) as http,
    ):
        http.post("/storage/v1/b?project=p", json={"name": "full"}).raise_for_status()
        insert, item = "/upload/storage/v1/b/full/o?uploadType=media&name=", "/storage/v1/b/full/o/a"
        http.post(f"{insert}a", content=b"old").raise_for_status()
        pid, some = cloud.process.pid, 4096  # bytes; less than the log of what has happened so far
        assert (tmp_path / "storage.sqlite-wal").stat().st_size > some
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (some, resource.RLIM_INFINITY))
        refused = [http.post(f"{insert}a", content=b"new"), http.delete(item)]
        assert [(answer.status_code, "disk" in answer.text) for answer in refused] == [(500, True)] * 2
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        http.post(f"{insert}b", content=b"another").raise_for_status()
        assert http.get(f"{item}?alt=media").content == b"old"
