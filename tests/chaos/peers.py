"""Which process a connection to this machine comes from, as Linux tells."""

import os
from collections.abc import Iterator
from pathlib import Path


def connections_of_group(group: int) -> set[tuple[int, int]]:
    """The local and the remote port of every connection that a process of the group has open.

    Only both tell one from another: Linux gives a local port to several connections, where they go to different places.
    """
    inodes = {inode for pid in _pids(group) for inode in _sockets(pid)}
    return {ports for ports, inode in _connections() if inode in inodes}


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


def _connections() -> Iterator[tuple[tuple[int, int], str]]:
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            words = line.split()
            local, remote = (int(address.rsplit(":", 1)[1], 16) for address in words[1:3])
            yield (local, remote), words[9]
