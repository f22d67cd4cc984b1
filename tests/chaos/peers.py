"""Which process a connection to this machine comes from, as Linux tells."""

import os
from collections.abc import Iterator
from pathlib import Path


def ports_of_group(group: int) -> set[int]:
    """The local ports of every connection that a process of the group has open."""
    inodes = {inode for pid in _pids(group) for inode in _sockets(pid)}
    return {port for port, inode in _connections() if inode in inodes}


def _pids(group: int) -> Iterator[int]:
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and os.getpgid(int(entry.name)) == group:
                yield int(entry.name)
        except ProcessLookupError:
            continue


def _sockets(pid: int) -> Iterator[str]:
    folder = Path(f"/proc/{pid}/fd")
    for entry in folder.iterdir():
        try:
            link = str(entry.readlink())
        except FileNotFoundError:
            continue
        if link.startswith("socket:["):
            yield link[len("socket:[") : -1]


def _connections() -> Iterator[tuple[int, str]]:
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            words = line.split()
            yield int(words[1].rsplit(":", 1)[1], 16), words[9]
