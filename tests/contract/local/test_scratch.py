"""The folder of a local cloud that keeps nothing."""

import tempfile
from pathlib import Path

from tests.processes import local_cloud


def scratch(pid: int) -> list[Path]:
    """The folders of the process of that id."""
    return list(Path(tempfile.gettempdir()).glob(f"local-cloud-{pid}-*"))


def test_what_a_killed_cloud_left_is_removed_by_the_next() -> None:
    """Without --data nothing stays on the disk for long, even after kill -9."""
    with local_cloud("--services", "storage") as killed:
        assert scratch(killed.process.pid)
        killed.process.kill()
        killed.process.wait()
    with local_cloud("--services", "storage") as other:
        assert not scratch(killed.process.pid)
        assert scratch(other.process.pid)
