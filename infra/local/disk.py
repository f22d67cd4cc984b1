"""Where the local cloud keeps what was acknowledged: SQLite and files in one folder, or memory."""

import os
import shutil
import sqlite3
import tempfile
from pathlib import Path

SCRATCH = "local-cloud-"  # how the folders of clouds without one begin


class Disk:
    """One folder for all services, or, with no folder, memory and a folder that ends with the process.

    What a committed SQLite transaction holds survives `kill -9` of the process.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._scratch = None if folder else _scratch()
        self._databases: list[sqlite3.Connection] = []
        if folder:
            folder.mkdir(parents=True, exist_ok=True)

    def database(self, name: str) -> sqlite3.Connection:
        """Open `<folder>/<name>.sqlite`, in write-ahead mode; transactions are begun by hand."""
        path = self.folder / f"{name}.sqlite" if self.folder else ":memory:"
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        self._databases.append(connection)
        return connection

    def files(self, name: str) -> Path:
        """The folder for the files of service `name`; made when missing."""
        root = self.folder or Path(self._scratch.name if self._scratch else ".")
        path = root / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def close(self) -> None:
        """Close every database and remove what was only meant for this process."""
        for connection in self._databases:
            connection.close()
        if self._scratch:
            self._scratch.cleanup()


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
