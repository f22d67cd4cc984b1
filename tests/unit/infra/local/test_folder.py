"""The folder of a stack and its lock."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local.folder import FolderInUseError, claim, claim_own, empty


def test_a_folder_is_one_stacks_at_a_time(tmp_path: Path) -> None:
    """The refusal names the process; once released it can be had again."""
    folder = claim(tmp_path / "new")
    with pytest.raises(FolderInUseError, match=f"pid {os.getpid()}"):
        claim(tmp_path / "new")
    folder.release()
    claim(tmp_path / "new").release()


def test_a_second_stack_takes_a_folder_inside(tmp_path: Path) -> None:
    """Named after its port, and locked as well."""
    first, second = claim_own(tmp_path, 8080), claim_own(tmp_path, 8081)
    assert (first.path, second.path) == (tmp_path, tmp_path / "port-8081")
    with pytest.raises(FolderInUseError):
        claim_own(tmp_path, 8081)
    first.release()
    second.release()


def test_a_holder_that_was_killed_is_waited_for(tmp_path: Path) -> None:
    """Its children, which keep the lock, may need a moment to end."""
    script = (
        f"from pathlib import Path; from infra.local.folder import claim; import os; claim(Path({str(tmp_path)!r}))"
    )
    # Its child inherits the lock and ends when its standard input does.
    script += "; child = os.fork(); child or (input(), os._exit(0)); print('held', flush=True)"
    script += "; os._exit(9)"
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as killed:
        assert killed.stdout
        assert killed.stdin
        assert killed.stdout.readline() == b"held\n"
        killed.wait()
        killed.stdin.close()
        claim(tmp_path).release()


def test_emptying_removes_all_but_the_lock(tmp_path: Path) -> None:
    """Also what a second stack kept inside; a folder in use is left alone."""
    (tmp_path / "cloud").mkdir()
    (tmp_path / "cloud" / "firestore.sqlite").write_text("x")
    (tmp_path / "port-8081").mkdir()
    (tmp_path / "signer.json").write_text("{}")
    empty(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]
    folder = claim(tmp_path)
    with pytest.raises(FolderInUseError):
        empty(tmp_path)
    folder.release()


def test_a_folder_of_a_running_local_cloud_is_not_emptied(tmp_path: Path) -> None:
    """Though no stack has the folder around it."""
    (tmp_path / "cloud").mkdir()
    cloud = claim(tmp_path / "cloud", "local cloud")
    with pytest.raises(FolderInUseError, match="in use by another local cloud"):
        empty(tmp_path)
    assert (tmp_path / "cloud").exists()
    cloud.release()
    empty(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]
