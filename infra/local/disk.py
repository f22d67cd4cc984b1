"""Where the local cloud keeps what was acknowledged: SQLite and files in one folder, or memory."""

import sqlite3
import tempfile
from pathlib import Path


class Disk:
    """One folder for all services, or, with no folder, memory and a folder that ends with the process.

    What a committed SQLite transaction holds survives `kill -9` of the process.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._scratch = None if folder else tempfile.TemporaryDirectory(prefix="local-cloud-")
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
