"""Folders that one process has at a time: that of a stack (`.local`: its data, its logs), that of a local cloud."""

import contextlib
import fcntl
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

PATIENCE_SECONDS = 5.0  # a runner that was killed leaves its lock to its reaper for this long at most


class FolderInUseError(OSError):
    """Another process uses the folder; the text says which."""


@dataclass(frozen=True)
class Folder:
    """A folder that this process alone uses until `release`."""

    path: Path
    lock: int  # file descriptor

    @property
    def logs(self) -> Path:
        """Where each process writes its log."""
        return self.path / "logs"

    @property
    def data(self) -> Path:
        """What the local cloud keeps."""
        return self.path / "cloud"

    def release(self) -> None:
        """Let another stack have it."""
        os.close(self.lock)


def claim(path: Path, whose: str = "stack") -> Folder:
    """Take the folder for this process; it is made when missing. `whose` is what the refusal calls the holder.

    Raises:
        FolderInUseError: a living process has it.
        OSError: it cannot be made or written to.
    """
    path.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(lock, 20).decode().strip()
            os.close(lock)
            if _lives(holder) or time.monotonic() > deadline:
                raise FolderInUseError(f"{path} is in use by another {whose} (pid {holder})") from None
            time.sleep(0.05)
            continue
        try:
            os.truncate(lock, 0)
            os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        except OSError:
            os.close(lock)
            raise
        return Folder(path, lock)


def claim_own(path: Path, port: int) -> Folder:
    """Take the folder, or, when another stack has it, one inside it that the port tells apart.

    Raises:
        FolderInUseError: that one is taken too.
    """
    try:
        return claim(path)
    except FolderInUseError:
        return claim(path / f"port-{port}")


def empty(path: Path) -> None:
    """Remove everything in the folder.

    Raises:
        FolderInUseError: a living process has it, or a folder in it.
    """
    folder = claim(path)
    try:
        for lock in path.glob("*/lock"):
            if not lock.parent.name.startswith("port-"):  # it is a local cloud's that was started without a stack
                claim(lock.parent, "local cloud").release()
        for inner in sorted(path.glob("port-*")):
            empty(inner)
        for entry in path.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry)
            elif entry.name != "lock":
                entry.unlink()
    finally:
        folder.release()


def _lives(holder: str) -> bool:
    with contextlib.suppress(ValueError, ProcessLookupError):
        os.kill(int(holder), 0)
        return True
    return False
