"""Where the local cloud keeps what was acknowledged: SQLite and files in one folder, or memory."""

import os
import shutil
import sqlite3
import tempfile
from pathlib import Path

from infra.local.folder import Folder, FolderInUseError, claim

SCRATCH = "local-cloud-"  # how the folders of clouds without one begin


class Disk:
    """One folder for all services, or, with no folder, memory and a folder that ends with the process.

    What a committed SQLite transaction holds survives `kill -9` of the process, though not a power cut: it is with
    the operating system, which writes it out in its own time.
    """

    def __init__(self, folder: Path | None) -> None:
        """Take `folder` for this process alone; it is made when missing.

        Raises:
            OSError: another process has it, or it cannot be written to; its text names it.
        """
        self.folder = folder
        self._claimed = _claimed(folder) if folder else None
        self._scratch = None if folder else _scratch()
        self._databases: list[sqlite3.Connection] = []

    @property
    def root(self) -> Path:
        """The folder that is written to, whether it was asked for or ends with the process."""
        return self.folder or Path(self._scratch.name if self._scratch else ".")

    def database(self, name: str) -> sqlite3.Connection:
        """Open `<folder>/<name>.sqlite`, in write-ahead mode; transactions are begun by hand.

        Raises:
            OSError: it is no database, or cannot be written to; its text names it.
        """
        path = self.folder / f"{name}.sqlite" if self.folder else ":memory:"
        try:
            connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._databases.append(connection)
            # This process has the folder alone: asking for locks at every statement would cost as much as reading.
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
        except sqlite3.Error as exc:
            raise OSError(f"{path}: {exc}") from exc
        return connection

    def files(self, name: str) -> Path:
        """The folder for the files of service `name`; made when missing."""
        path = self.root / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def close(self) -> None:
        """Close every database, remove what was only meant for this process, and let another have the folder."""
        for connection in self._databases:
            connection.close()
        if self._scratch:
            self._scratch.cleanup()
        if self._claimed:
            self._claimed.release()


def _claimed(folder: Path) -> Folder:
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(f"{folder} is not a folder")
    try:
        return claim(folder, "local cloud")
    except FolderInUseError:
        raise
    except OSError as exc:
        raise OSError(f"{folder} cannot be written to: {exc.strerror}") from exc


def _scratch() -> "tempfile.TemporaryDirectory[str]":
    """A folder that is named for this process, so that the next one removes it where this one is killed."""
    for left in Path(tempfile.gettempdir()).glob(f"{SCRATCH}*-*"):
        pid = left.name.removeprefix(SCRATCH).partition("-")[0]
        if pid.isdecimal() and not _lives(int(pid)):
            shutil.rmtree(left, ignore_errors=True)
    return tempfile.TemporaryDirectory(prefix=f"{SCRATCH}{os.getpid()}-")


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
